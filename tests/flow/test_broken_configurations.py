"""Broken configurations: every complaint of a file in one run, each at its exact place (the `§` in the text, which is
taken out before), none a crash."""

import re
import subprocess

import pytest

from nearside import command
from tls_files import Authority

UPSTREAM = "upstreams: {api: {url: http://127.0.0.1:1}}\n"

BROKEN = {
    "an unknown section": (UPSTREAM + "§veiws: {}\n", "views"),
    "an unknown key of a view": (UPSTREAM + "views: {b: {path: /b, §frehs: 5s, steps: {a: {get: /a}}}}\n", "fresh"),
    "an unknown key of a step": (UPSTREAM + "views: {b: {path: /b, steps: {a: {get: /a, §tiemout: 3s}}}}\n", "time"),
    "an unknown key of an upstream": ("upstreams: {api: {url: http://a, §conections: {}}}\n", "connections"),
    "a duration without a unit": (UPSTREAM + "views: {b: {path: /b, fresh: §5, steps: {a: {get: /a}}}}\n", "5s"),
    "a duration that is none": (UPSTREAM + "views: {b: {path: /b, fresh: §soon, steps: {a: {get: /a}}}}\n", "5s"),
    "a negative duration": (UPSTREAM + "views: {b: {path: /b, fresh: §-5s, steps: {a: {get: /a}}}}\n", "negative"),
    "a size that is none": ("cache: {memory: §many}\n", "512MiB"),
    "an address without a port": ("server: {listen: §localhost}\n", "port"),
    "a port out of range": ("server: {listen: §127.0.0.1:99999}\n", "port"),
    "no URL": ("upstreams:\n  §api: {}\n", "url"),
    "a URL of another scheme": ("upstreams: {api: {url: §ftp://example.nl}}\n", "http"),
    "a URL with a query": ("upstreams: {api: {url: §'http://example.nl/?a=1'}}\n", "query"),
    "a header that is never forwarded": ("upstreams: {api: {url: http://a, forward: [accept, §host]}}\n", "host"),
    "more warm ones than allowed": ("upstreams: {api: {url: http://a, connections: {warm: §9, max: 3}}}\n", "max"),
    "no path": (UPSTREAM + "views:\n  §b: {steps: {a: {get: /a}}}\n", "path"),
    "no steps": (UPSTREAM + "views:\n  §b: {path: /b}\n", "steps"),
    "a path that is no pattern": (UPSTREAM + "views: {b: {path: §'/b/x{id}', steps: {a: {get: /a}}}}\n", "{id}"),
    "a parameter twice in a path": (UPSTREAM + "views: {b: {path: §'/b/{id}/{id}', steps: {a: {get: /a}}}}\n", "id"),
    "a query parameter that hides a path's": (
        UPSTREAM + "views: {b: {path: '/b/{id}', query: {§id: 1}, steps: {a: {get: '/a/{id}'}}}}\n",
        "id",
    ),
    "an unknown step in a URL": (
        UPSTREAM + "views: {b: {path: /b, steps: {user: {get: /u}, a: {get: '/a/{§usre.id}'}}}}\n",
        "user",
    ),
    "an unknown name in out": (
        UPSTREAM + "views: {b: {path: /b, steps: {user: {get: /u}}, out: {x: §usre}}}\n",
        "user",
    ),
    "an unknown loop in out": (
        UPSTREAM
        + "views: {b: {path: /b, steps: {user: {get: /u}}, out: {x: {each: 'user[*]', as: u, pick: [id], "
        + "with: {y: §v.id}}}}}\n",
        "u",
    ),
    "a reference to a loop from outside": (
        UPSTREAM
        + "views: {b: {path: /b, steps: {l: {get: /l}, m: {each: 'l[*]', as: x, get: '/m/{x.id}'}, "
        + "n: {get: '/n/{§x.id}'}}}}\n",
        "x",
    ),
    "several values in a URL": (
        UPSTREAM + "views: {b: {path: /b, steps: {l: {get: /l}, m: {get: '/m/{§l[*].id}'}}}}\n",
        "each",
    ),
    "each without as": (
        UPSTREAM + "views: {b: {path: /b, steps: {l: {get: /l}, m: {each: §'l[*]', get: '/m'}}}}\n",
        "as",
    ),
    "a broken expression": (
        UPSTREAM + "views: {b: {path: /b, steps: {l: {get: /l}, m: {get: '/m/{l[§}'}}}}\n",
        "[",
    ),
    "a URL that names a host": (UPSTREAM + "views: {b: {path: /b, steps: {a: {get: '§//evil/x'}}}}\n", "/"),
    "a URL that is none": (UPSTREAM + "views: {b: {path: /b, steps: {a: {get: §api/x}}}}\n", "/"),
    "else without optional": (
        UPSTREAM + "views: {b: {path: /b, steps: {a: {get: /a, §else: null}}}}\n",
        "optional",
    ),
    "an unknown upstream of a view": (
        UPSTREAM + "views: {b: {path: /b, upstream: §apo, steps: {a: {get: /a}}}}\n",
        "api",
    ),
    "an unknown upstream of a route": (UPSTREAM + "routes: [{path: /x/**, upstream: §apo}]\n", "api"),
    "two upstreams and none named": (
        "upstreams: {x: {url: http://a}, y: {url: http://b}}\nviews: {b: {path: /b, steps: {§a: {get: /a}}}}\n",
        "upstream",
    ),
    "stars in the middle of a route": (UPSTREAM + "routes: [{path: §/x/**/y, upstream: api}]\n", "**"),
    "two routes for one path": (
        UPSTREAM + "routes: [{path: /x/*, upstream: api}, {path: §/x/*, upstream: api}]\n",
        "/x/*",
    ),
    "two views for one path": (
        UPSTREAM
        + "views:\n  b: {path: '/b/{x}', steps: {a: {get: /a}}}\n  c: {path: §'/b/{y}', steps: {a: {get: /a}}}\n",
        "/b/",
    ),
    "credentials in a public view": (
        "upstreams: {api: {url: http://a, forward: [authorization]}}\n"
        "views: {b: {path: /b, scope: §public, steps: {a: {get: /a}}}}\n",
        "authorization",
    ),
    "a scope that is none": (UPSTREAM + "views: {b: {path: /b, scope: §mine, steps: {a: {get: /a}}}}\n", "user"),
    "a key twice": (UPSTREAM + "cache: {memory: 1MiB, §memory: 2MiB}\n", "twice"),
    "a list where a mapping belongs": ("upstreams: §[a, b]\n", "mapping"),
    "a mapping where a value belongs": (UPSTREAM + "views: {b: {path: §{x: y}, steps: {a: {get: /a}}}}\n", ""),
    "an address of Redis without a host": (UPSTREAM + "cache: {redis: §'redis://:6379'}\n", "redis"),
    "an entry larger than the memory": ("cache: {memory: 1MiB, max_entry: §2MiB}\n", "memory"),
}


def places(text):
    """The text without its marks, and the line:column of each."""
    marked = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        while "§" in line:
            marked.append((number + 1, line.index("§") + 1))
            line = line.replace("§", "", 1)
        lines[number] = line
    return "\n".join(lines), marked


def complaints(tmp_path, text):
    file = tmp_path / "nearside.yaml"
    file.write_text(text)
    ended = command("check", file)
    found = []
    for line in (ended.stderr + ended.stdout).splitlines():
        if told := re.fullmatch(rf"{re.escape(str(file))}:(\d+):(\d+): (.+?); (.+)", line):
            found.append((int(told[1]), int(told[2]), told[3], told[4]))
    return ended, found


@pytest.mark.parametrize("text, hint", BROKEN.values(), ids=BROKEN.keys())
def test_broken(tmp_path, text, hint):
    text, marked = places(text)
    ended, found = complaints(tmp_path, text)
    output = ended.stderr + ended.stdout
    assert ended.returncode == 1, output
    told = [(line, column) for line, column, _, _ in found]
    assert told == marked, output
    assert hint in output


def test_every_complaint_of_a_file_in_one_run(tmp_path):
    text, marked = places(
        """\
§sevrer: {listen: "127.0.0.1:0"}
upstreams:
  api:
    url: §gopher://example.nl
    §conections: {warm: 4}
    timeout: {connect: §3}
routes:
  - {path: /api/**, upstream: §incl}
views:
  board:
    path: "/views/{id}"
    fresh: §soon
    steps:
      a: {get: "/a/{§nobody.id}"}
      b: {get: "/b/{id}", §tiemout: 5s}
    out:
      x: §c
"""
    )
    ended, found = complaints(tmp_path, text)
    assert ended.returncode == 1
    assert [(line, column) for line, column, _, _ in found] == marked, ended.stderr


def test_a_cycle_is_named_whole(tmp_path):
    text = UPSTREAM + """\
views:
  board:
    path: /b
    steps:
      a: {get: "/a/{c.id}"}
      b: {get: "/b/{a.id}"}
      c: {get: "/c/{b.id}"}
      d: {get: "/d"}
"""
    ended, found = complaints(tmp_path, text)
    assert ended.returncode == 1
    assert len(found) == 1
    line, _, what, _ = found[0]
    assert line in (6, 7, 8)
    assert all(re.search(rf"\b{name}\b", what) for name in "abc")
    assert not re.search(r"\bd\b", what)


NO_YAML = {
    "unclosed brackets": "views: {a: {",
    "a tab": "views:\n\tboard: {}\n",
    "an unclosed quote": 'server: {listen: "127.0.0.1:0\n',
    "two values": "a: b: c\n",
    "an unknown alias": "server: *nobody\n",
    "an alias of itself": "server: &a [*a]\n",
    "binary": "server: \x01\x02\n",
    "two documents": UPSTREAM + "---\n" + UPSTREAM,
    "only a list": "- a\n- b\n",
    "only a word": "hello\n",
    "deep nesting": "[" * 10_000,
    "deep mappings": "{a: " * 5_000,
    "a bomb of aliases": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefghi", "bcdefghij")),
    "a long line": "x-a: " + "y" * 2_000_000 + "\n",
}


@pytest.mark.parametrize("text", NO_YAML.values(), ids=NO_YAML.keys())
def test_what_is_no_configuration_at_all_is_told_with_a_place(tmp_path, text):
    ended, found = complaints(tmp_path, text)
    assert ended.returncode == 1
    assert found, ended.stderr


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n"])
def test_an_empty_file_does_not_crash(tmp_path, text):
    ended, _ = complaints(tmp_path, text)
    assert ended.returncode in (0, 1)


# Every line that is told of each, by its place: nothing that one of the faults hides, nothing that only follows.
SEVERAL = {
    "a bad path hides nothing": (
        "views:\n  v: {path: 'v/{id}', steps: {a: {get: '/a/{nope}'}}, out: {x: aa.b, y: {from: a, pik: [z]}}}\n",
        ["2:13", "2:45", "2:64", "2:83"],
    ),
    "a path that is missing may have had any parameter": (
        "views:\n  v: {steps: {a: {get: '/a/{id}'}}, out: {x: nope.b, y: id}, tags: ['t:{id}', 'u:{n.x}']}\n",
        ["2:3", "2:46", "2:83"],
    ),
    "a faulty step hides nothing of out": (
        "views:\n  v: {path: '/v/{id}', steps: {a: {gett: /a}, b: {get: '/b/{a.x}'}}, "
        "out: {x: bb.c, y: {from: b, pik: [z]}, z: {each: 'a[*]', as: i, with: {n: i.x, m: mm}}}}\n",
        ["2:32", "2:36", "2:79", "2:98", "2:152"],
    ),
    "without steps, what out says is told": (
        "views:\n  v: {path: /v, out: {x: a.b, y: {from: a, pik: [z]}}}\n",
        ["2:3", "2:44"],
    ),
    "a step's name that is none": ("views:\n  v: {path: /v, steps: {a.b: {get: /x}}}\n", ["2:25"]),
    "a step's name that is a number": ("views:\n  v: {path: /v, steps: {'1': {get: /x}}}\n", ["2:25"]),
    "a route with a bad path": (
        "routes:\n  - {path: b, upstream: apii, tags: ['t:{zz}', 'u:{1}']}\n",
        ["2:12", "2:25", "2:42"],
    ),
    "a route without a path": ("routes:\n  - {upstream: apii, tags: ['t:{zz}', 'u:{1}', '{a.b}']}\n", ["2:5", "2:16", "2:50"]),
}


@pytest.mark.parametrize("story", SEVERAL)
def test_faults_hide_no_others_and_bring_none(story, tmp_path):
    text, places = SEVERAL[story]
    file = tmp_path / "f.yaml"
    file.write_text(text + UPSTREAM)
    refused = command("check", file)
    assert refused.returncode == 1, refused
    told = [line.removeprefix(f"{file}:") for line in refused.stderr.splitlines()[:-1]]
    assert [line.split(": ")[0] for line in told] == places, refused.stderr


@pytest.fixture(scope="module")
def pems(tmp_path_factory):
    """A folder with a pair of files that belong together, and others that can't be used."""
    folder = tmp_path_factory.mktemp("pems")
    authority = Authority(folder)
    for name in ("localhost", "other.nl"):
        authority.issue(name)
    key = folder / "localhost.key"
    subprocess.run(
        ["openssl", "pkey", "-aes256", "-passout", "pass:secret", "-in", key, "-out", folder / "locked.key"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    for kind, name in (("CERTIFICATE", "junk.crt"), ("PRIVATE KEY", "junk.key")):
        (folder / name).write_text(f"-----BEGIN {kind}-----\nanVuaw==\n-----END {kind}-----\n")
    return folder


PEMS = {
    "the key of another certificate": (
        "server: {tls: {certificate: localhost.crt, key: §other.nl.key}}\n",
        "not the key of the certificate",
    ),
    "an encrypted key": ("server: {tls: {certificate: localhost.crt, key: §locked.key}}\n", "openssl pkey"),
    "a broken certificate": ("server: {tls: {certificate: §junk.crt, key: localhost.key}}\n", "whole certificates"),
    "a broken key": ("server: {tls: {certificate: localhost.crt, key: §junk.key}}\n", "whole private key"),
    "the admin's": ("admin: {tls: {certificate: localhost.crt, key: §other.nl.key}}\n", "not the key"),
    "broken authorities of an upstream": (
        "upstreams: {b: {url: https://b, tls: {ca: §junk.crt}}}\n",
        "whole certificates",
    ),
    "broken authorities of Redis": (
        "cache: {redis: {url: rediss://127.0.0.1:1, tls: {ca: §junk.crt}}}\n",
        "whole certificates",
    ),
}


@pytest.mark.parametrize("command_name", ["check", "serve"])
@pytest.mark.parametrize("story", PEMS)
def test_files_that_tls_cannot_use_are_told_by_check_and_serve_alike(story, command_name, pems):
    marked, mend = PEMS[story]
    lines = marked.splitlines()
    line = next(number for number, text in enumerate(lines) if "§" in text)
    file = pems / "f.yaml"
    file.write_text(marked.replace("§", "") + ("" if "upstreams" in marked else UPSTREAM))
    refused = command(command_name, file)
    assert refused.returncode == 1, refused
    assert refused.stderr.startswith(f"{file}:{line + 1}:{lines[line].index('§') + 1}: "), refused.stderr
    assert mend in refused.stderr
    assert "pass phrase:" not in refused.stdout + refused.stderr
    assert refused.stderr.endswith("\n1 complaint\n"), refused.stderr


def test_a_pair_that_belongs_together_is_good(pems):
    file = pems / "good.yaml"
    file.write_text(UPSTREAM + "server: {tls: {certificate: localhost.crt, key: localhost.key}}\n")
    assert command("check", file).returncode == 0


def test_a_route_may_go_without_stale_copies(tmp_path):
    file = tmp_path / "f.yaml"
    file.write_text(UPSTREAM + "cache: {stale_if_unreachable: 0s}\n")
    assert command("check", file).returncode == 0
