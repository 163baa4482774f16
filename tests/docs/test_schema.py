"""The JSON Schema of the configuration: it takes what nearside takes, refuses what it refuses, and knows the same keys."""

import json
import re
import subprocess

import core_yaml
import jsonschema
import pytest
from blocks import blocks_of
from test_docs import BINARY, CONFIGURATIONS, DOCUMENTS, ROOT, TRACKED, UPSTREAM, environment_of

SCHEMA = json.loads((ROOT / "config/schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def complaints_of(document):
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message}"
            for each in VALIDATOR.iter_errors(document)]


def filled(text):
    return core_yaml.expanded(core_yaml.load(text), environment_of(text))


def blocks(choose):
    return [pytest.param(block.text, id=f"{name}:{block.line}") for name in DOCUMENTS
            for block in blocks_of((ROOT / name).read_text()) if block.language == "yaml" and choose(block)]


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_program_prints_it():
    printed = subprocess.run([BINARY, "schema"], capture_output=True, check=True, timeout=60).stdout
    assert printed == (ROOT / "config/schema.json").read_bytes()


# --- what is good

FILES = sorted(set(CONFIGURATIONS) | {name for name in TRACKED if name.suffix == ".yaml" and name.parts[0] == "config"})


@pytest.mark.parametrize("name", FILES, ids=str)
def test_a_configuration_file_fits(name):
    text = (ROOT / name).read_text()
    assert complaints_of(core_yaml.load(text)) == [], "as an editor sees it"
    assert complaints_of(filled(text)) == [], "as nearside sees it"


@pytest.mark.parametrize("text", blocks(lambda block: not block.role))
def test_a_configuration_in_a_document_fits(text):
    assert complaints_of(core_yaml.load(text)) == []


# --- what is broken

STEPS = "steps: {a: {get: /a}}"
BROKEN = {
    "an unknown section": "upstream: {api: {url: http://a}}",
    "a misspelt key": "cache: {memery: 1GiB}",
    "a duration without a unit": f"views: {{v: {{path: /v, fresh: 5, {STEPS}}}}}",
    "units in the wrong order": "log: {}\nserver: {drain_timeout: 5s1m}",
    "no duration": "server: {drain_timeout: soon}",
    "a doubtful size": "cache: {memory: 64k}",
    "a number that is none": "limits: {calls: many}",
    "a number out of range": "limits: {json_depth: 5000}",
    "a share that is none": "streams: {patch_share: 1.5}",
    "a level that is none": "log: {level: verbose}",
    "a truth that is none": "log: {requests: yes}",
    "an upstream without its url": "upstreams: {api: {retries: 1}}",
    "an upstream of another scheme": "upstreams: {api: {url: ftp://a}}",
    "a user in a url": "upstreams: {api: {url: http://me@a}}",
    "a port alone": "server: {listen: 8080}",
    "a role that is none": "admin: {tokens: [{name: a, token: b, roles: [reader]}]}",
    "a token for nothing": "admin: {tokens: [{name: a, token: b}]}",
    "tls without its key": "server: {tls: {certificate: a.pem}}",
    "cors for nobody": "server: {cors: {credentials: true}}",
    "routes as a mapping": "routes: {path: /**}",
    "a route without its path": "routes: [{fresh: 5s}]",
    "a status that is no error": "routes: [{path: /**, negative: {200: 5s}}]",
    "a status that is never kept": "routes: [{path: /**, negative: {412: 5s}}]",
    "a key by both lists": "routes: [{path: /**, key: {query: {only: [a], except: [b]}}}]",
    "a view without steps": "views: {v: {path: /v}}",
    "no steps at all": "views: {v: {path: /v, steps: {}}}",
    "a relative path": f"views: {{v: {{path: v, {STEPS}}}}}",
    "a scope that is none": f"views: {{v: {{path: /v, scope: all, {STEPS}}}}}",
    "a default that is a list": f"views: {{v: {{path: /v, query: {{page: [1]}}, {STEPS}}}}}",
    "a step without a call": "views: {v: {path: /v, steps: {a: {optional: true}}}}",
    "a step that no reference can name": "views: {v: {path: /v, steps: {1a: {get: /a}}}}",
    "else of a step that is needed": "views: {v: {path: /v, steps: {a: {get: /a, else: null}}}}",
    "a post that may change something": "views: {v: {path: /v, steps: {a: {post: /a}}}}",
    "a get and a post": "views: {v: {path: /v, steps: {a: {get: /a, post: /a, safe: true}}}}",
    "pages without their next": "views: {v: {path: /v, steps: {a: {get: /a, pages: {items: results}}}}}",
    "an input of no type": "views: {v: {path: /v, query: {a: {type: date}}, steps: {a: {get: /a}}}}",
    "a header input without its header": "views: {v: {path: /v, headers: {a: {}}, steps: {a: {get: /a}}}}",
    "items of a step without each": "views: {v: {path: /v, steps: {a: {get: /a, max: 3}}}}",
    "no calls at once": 'views: {v: {path: /v, steps: {a: {get: /a, each: "b[*]", as: b, parallel: 0}}}}',
    "a misspelt word of a shape": f"views: {{v: {{path: /v, {STEPS}, out: {{a: {{from: a, pik: [id]}}}}}}}}",
    "a misspelt word within a list": f"views: {{v: {{path: /v, {STEPS}, out: [{{with: {{x: {{from: a, pik: [id]}}}}}}]}}}}",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_does_not_fit(text):
    assert complaints_of(core_yaml.load(text)) != []


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_is_refused_by_nearside_too(text, tmp_path):
    file = tmp_path / "nearside.yaml"
    file.write_text(text if "upstream" in text else f"{text}\n{UPSTREAM}")
    assert subprocess.run([BINARY, "check", file], capture_output=True, timeout=60).returncode == 1


# --- the same keys

# For each mapping of the schema, a configuration with a place for keys in it.
VIEW = f"{UPSTREAM}views: {{v: {{path: /v, steps: {{a: {{get: /a}}}}, %s}}}}"
PLACES = {
    "": "%s",
    "server": "server: {%s}",
    "server.tls": "server: {tls: {%s}}",
    "server.limits": "server: {limits: {%s}}",
    "server.cors": "server: {cors: {%s}}",
    "admin": "admin: {%s}",
    "admin.tokens": "admin: {tokens: [{%s}]}",
    "admin.tls": "admin: {tls: {%s}}",
    "log": "log: {%s}",
    "cache": "cache: {%s}",
    "redis": "cache: {redis: {%s}}",
    "redis.timeout": "cache: {redis: {url: 'redis://a', timeout: {%s}}}",
    "redis.tls": "cache: {redis: {url: 'rediss://a', tls: {%s}}}",
    "limits": "limits: {%s}",
    "streams": "streams: {%s}",
    "webhook": "webhooks: [{%s}]",
    "upstream": "upstreams: {api: {%s}}",
    "upstream.connections": "upstreams: {api: {connections: {%s}}}",
    "upstream.timeout": "upstreams: {api: {timeout: {%s}}}",
    "upstream.circuit": "upstreams: {api: {circuit: {%s}}}",
    "upstream.tls": "upstreams: {api: {tls: {%s}}}",
    "route": "routes: [{%s}]",
    "route.negative": "routes: [{negative: {%s}}]",
    "route.key": "routes: [{key: {%s}}]",
    "route.key.query": "routes: [{key: {query: {%s}}}]",
    "route.bypass": "routes: [{bypass: {%s}}]",
    "view": "views: {v: {%s}}",
    "step": "views: {v: {steps: {a: {%s}}}}",
    "warm_list": "views: {v: {path: /v, warm: [{%s}], steps: {a: {get: /a}}}}",
    "view.refresh": "views: {v: {refresh: {%s}}}",
    "step.pages": "views: {v: {steps: {a: {pages: {%s}}}}}",
    "query_input": "views: {v: {path: /v, query: {a: {%s}}, steps: {a: {get: /a}}}}",
    "header_input": "views: {v: {path: /v, headers: {a: {%s}}, steps: {a: {get: /a}}}}",
    "claim_input": "views: {v: {path: /v, claims: {a: {%s}}, steps: {a: {get: /a}}}}",
    "shape": VIEW % "out: {x: {from: a, %s}}",
    "order": VIEW % "out: {x: {from: a, sort: {%s}}}",
}


def mappings(schema, place=""):
    """{place: names} of every mapping that lists its keys."""
    if schema.get("additionalProperties") is False:
        yield place, set(schema.get("properties", {}))
    for branch in [*schema.get("anyOf", ()), *(schema[word] for word in ("then", "items") if word in schema)]:
        yield from mappings(branch, place)
    for name, inner in schema.get("properties", {}).items():
        if "$ref" not in inner:
            yield from mappings(inner, f"{place}.{name}".lstrip("."))


def schemas_mappings():
    found = dict(mappings({**SCHEMA, "$defs": None}))
    for name, definition in SCHEMA["$defs"].items():
        found.update(mappings(definition, name))
    return found


def loaders_words():
    """Every word in quotes of the code that reads the configuration: among them all of its keys."""
    sources = [*(ROOT / "config").glob("*.cpp"), *(ROOT / "aggregators").glob("*shape*.cpp"),
               *(ROOT / "aggregators").glob("planner*.cpp")]
    words = set(re.findall(r"\"([a-z][a-z_]*)\"", "".join(file.read_text() for file in sources)))
    return words - {"null", "true", "false"}


def test_every_mapping_of_the_schema_is_tried():
    assert set(schemas_mappings()) == set(PLACES)


@pytest.mark.parametrize("place", PLACES)
def test_the_schema_knows_the_keys_that_nearside_knows(place, tmp_path):
    names = schemas_mappings()[place]
    given = {"from"} if place == "shape" else set()
    words = (loaders_words() | set().union(*schemas_mappings().values())) - given
    assert len(words) > 100
    lines = [f"{word}: null" for word in sorted(words)]
    file = tmp_path / "nearside.yaml"
    file.write_text(PLACES[place] % ("\n".join(lines) if place == "" else ", ".join(lines)))
    told = subprocess.run([BINARY, "check", file.name], cwd=tmp_path, capture_output=True, text=True, timeout=60).stderr
    refused = set(re.findall(r"unknown (?:key|section) `(\w+)`", told))
    refused |= set(re.findall(r"`(\w+)` (?:is not in this version|is of a step|is no error status)", told))
    assert refused, told
    known = words - refused | given
    assert known == names, f"only nearside knows {known - names}, only the schema knows {names - known}"
