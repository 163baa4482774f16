"""YAML as nearside reads it: the core schema of YAML 1.2, in which `off` and `yes` are texts and `1:30` is no number."""

import re

import yaml


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?$"),
                              list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def load(text):
    """The document, with texts as the keys of all mappings, as in JSON."""
    return _with_text_keys(yaml.load(text, _Loader))  # noqa: S506: a SafeLoader


def _with_text_keys(value):
    if isinstance(value, dict):
        return {str(key): _with_text_keys(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_text_keys(each) for each in value]
    return value


def expanded(value, environment):
    """A document with `${NAME}` and `${NAME:-default}` filled in. What is filled in is a plain scalar, and never a null."""
    if isinstance(value, dict):
        return {key: expanded(each, environment) for key, each in value.items()}
    if isinstance(value, list):
        return [expanded(each, environment) for each in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    filled = re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", lambda found: environment.get(found[1]) or found[2] or "", value)
    read = yaml.load(filled, _Loader) if re.fullmatch(r"[\w.-]+", filled) else filled  # noqa: S506
    return filled if read is None else read
