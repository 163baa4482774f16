"""Configurations of the tests: what a test is about stands in its YAML, the rest (addresses, log, admin token) here."""

import textwrap

from nearside import ADMIN_TOKEN

# `threads` is more than one, so that what crosses threads does so in the tests as well.
_GROUND = f"""\
server: {{{{listen: "127.0.0.1:0", threads: 2{{server}}}}}}
admin: {{{{listen: "127.0.0.1:0", token: {ADMIN_TOKEN}{{admin}}}}}}
log: {{{{format: json, level: info}}}}
"""


def upstream_yaml(url, name="api", **keys):
    """`upstreams:` with one upstream. Keys are YAML text: timeout="{first_byte: 300ms}", forward="[authorization]"."""
    settings = {"connections": "{warm: 1, max: 64}", **keys}
    lines = ["upstreams:", f"  {name}:", f"    url: {url}"]
    lines += [f"    {key}: {value}" for key, value in settings.items()]
    return "\n".join(lines) + "\n"


def ground(server="", admin=""):
    """`server`, `admin`: further keys of these, such as 'limits: {body: 1MiB}'."""
    return _GROUND.format(server=f", {server}" if server else "", admin=f", {admin}" if admin else "")


def configuration(upstreams, *parts, server="", admin=""):
    """The whole file. `upstreams`: one url, or the text of upstream_yaml(). `parts`: further sections as text."""
    if "\n" not in upstreams:
        upstreams = upstream_yaml(upstreams)
    return ground(server, admin) + upstreams + "".join(textwrap.dedent(part).rstrip() + "\n" for part in parts)


def view(steps, out=None, name="board", path="/views/{id}", **keys):
    """One view as a `views:` section. `steps` and `out` as YAML text."""
    lines = ["views:", f"  {name}:", f"    path: {path}"]
    lines += [f"    {key}: {value}" for key, value in {"fresh": "1h", **keys}.items() if value is not None]
    lines += ["    steps:", textwrap.indent(textwrap.dedent(steps).strip("\n"), " " * 6)]
    if out is not None:
        lines += ["    out:", textwrap.indent(textwrap.dedent(out).strip("\n"), " " * 6)]
    return "\n".join(lines) + "\n"
