"""Every example in the documents works: configurations are checked by nearside itself, files and commands exist."""

import json
import os
import re
import subprocess
from pathlib import Path

import consoles
import pytest
from blocks import blocks_of, commands_of, links_of, refusals_of

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("NEARSIDE_BINARY", ROOT / "build/nearside")
TRACKED = [Path(name) for name in subprocess.run(["git", "-C", ROOT, "ls-files"], check=True, capture_output=True,
                                                 text=True).stdout.splitlines() if (ROOT / name).exists()]
DOCUMENTS = [name for name in TRACKED if name.suffix == ".md"]
# A whole configuration is known by where it listens to or whom it asks.
CONFIGURATIONS = [name for name in TRACKED if name.suffix == ".yaml" and name.parts[0] in ("config", "deploy", "loadtest")
                  and re.search(r"^upstreams:", (ROOT / name).read_text(), re.MULTILINE)]
UPSTREAM = "upstreams:\n  incl: {url: http://127.0.0.1:9}\n"


def environment_of(text):
    """A value for every environment variable that a configuration names without a default."""
    known = {"URL": "http://127.0.0.1:9", "FRESH": "5s", "STALE": "10m"}

    def value(name, number):
        kind = name.rsplit("_", 1)[-1]
        return f"token-{number}" if kind == "TOKEN" else known.get(kind, str(number))

    return {name: value(name, number)
            for number, name in enumerate(re.findall(r"\$\{([A-Z_][A-Z0-9_]*)\}", text), 1)}


def check(file):
    """nearside's verdict."""
    environment = {**environment_of(file.read_text()), **os.environ}
    return subprocess.run([BINARY, "check", file.name], cwd=file.parent, env=environment, capture_output=True, text=True,
                          timeout=60)


def cases(choose):
    return [pytest.param(block, id=f"{name}:{block.line}") for name in DOCUMENTS
            for block in blocks_of((ROOT / name).read_text()) if choose(block)]


@pytest.mark.parametrize("block", cases(lambda block: block.language == "yaml" and not block.role))
def test_configuration_in_a_document_is_good(block, tmp_path):
    file = tmp_path / "nearside.yaml"
    whole = re.search(r"^upstreams:", block.text, re.MULTILINE)
    file.write_text(block.text if whole else block.text + UPSTREAM)
    verdict = check(file)
    assert verdict.returncode == 0, verdict.stderr


@pytest.mark.parametrize("block, told", [pytest.param(block, told, id=f"{name}:{block.line}") for name in DOCUMENTS
                                         for block, told in refusals_of(blocks_of((ROOT / name).read_text()))])
def test_refused_configuration_says_what_the_document_says(block, told, tmp_path):
    file = tmp_path / "nearside.yaml"
    file.write_text(block.text)
    verdict = check(file)
    assert verdict.returncode == 1
    if told is not None:
        assert verdict.stderr.strip() == told.strip()


@pytest.mark.parametrize("block", cases(lambda block: block.language == "json"))
def test_json_in_a_document_parses(block):
    json.loads(block.text)


@pytest.mark.parametrize("name, block", [pytest.param(name, block, id=f"{name}:{block.line}") for name in DOCUMENTS
                                         for block in blocks_of((ROOT / name).read_text())
                                         if (block.language, block.role) == ("console", "run")])
def test_commands_print_what_the_document_says(name, block, tmp_path):
    above = [each for each in blocks_of((ROOT / name).read_text()) if each.line < block.line]
    with consoles.everything_for(block.text, consoles.named_files(above), tmp_path) as here:
        for command, told in consoles.steps_of(block.text):
            printed = consoles.run(command, here, tmp_path)
            assert consoles.prints(told, printed), f"$ {command}\n{printed}"


@pytest.mark.parametrize("block", cases(lambda block: re.match(r"# \w+/", block.text) and block.language == "yaml"))
def test_a_file_of_the_tree_is_shown_as_it_is(block):
    name = block.text.splitlines()[0].removeprefix("# ")
    assert block.text == (ROOT / name).read_text()


def test_every_key_of_a_configuration_is_in_its_reference():
    """Keys as the loader asks for them: `keys.read("name", ..)`, `take_mapping("name")`, `not_yet({"name", ..})`."""
    loader = "".join(file.read_text() for file in sorted((ROOT / "config").glob("read_*.cpp")))
    keys = set(re.findall(r"\.(?:read|read_\w+|take|take_\w+)\(\s*\"(\w+)\"", loader))
    for listed in re.findall(r"not_yet\(\s*\{([^}]*)\}", loader):
        keys.update(re.findall(r"\"(\w+)\"", listed))
    assert len(keys) > 50
    reference = (ROOT / "docs/configuration.md").read_text()
    missing = sorted(key for key in keys if not re.search(rf"`(?:\w+\.)*{key}(?:: [^`]*)?`", reference))
    assert not missing, f"docs/configuration.md does not tell about {missing}"


def test_every_problem_type_is_in_the_reference_of_views():
    """Names of errors are public (core/error.h)."""
    code = "".join(file.read_text() for package in ("proxy", "aggregators") for file in (ROOT / package).glob("*.cpp")
                   if file.name not in ("problem.cpp", "view_failure.cpp"))
    names = set(re.findall(r"(?<!system::)errc::(\w+)", code))
    assert len(names) > 20
    told = (ROOT / "docs/views.md").read_text()
    missing = sorted(name for name in names if f"`{name}`" not in told)
    assert not missing, f"the docs do not tell about {missing}"


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.parts[0] == "docs"], ids=str)
def test_files_that_a_document_names_exist(name):
    prose = re.sub(r"^```.*?^```", "", (ROOT / name).read_text(), flags=re.MULTILINE | re.DOTALL)
    packages = "core|config|cache|aggregators|proxy|loadtest|tests|deploy|cmake|docs"
    for named in re.findall(rf"`((?:{packages})/[\w./-]+)`", prose):
        found = (ROOT / named).exists() or list((ROOT / named).parent.glob(Path(named).name + ".*"))
        assert found, f"{name} names {named}"


@pytest.mark.parametrize("block", cases(lambda block: commands_of(block.text)))
def test_commands_in_a_document_exist(block):
    known = {
        "./dev": subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, timeout=60).stdout,
        "nearside": subprocess.run([BINARY, "--help"], capture_output=True, text=True, timeout=60).stdout,
    }
    for program, word in commands_of(block.text):
        assert re.search(rf"^\s+{word}\b", known[program], re.MULTILINE), f"{program} has no command {word}"


@pytest.mark.parametrize("name", DOCUMENTS, ids=str)
def test_links_in_a_document_lead_somewhere(name):
    for target in links_of((ROOT / name).read_text()):
        assert (ROOT / name.parent / target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize("name", CONFIGURATIONS, ids=str)
def test_configuration_file_is_good(name):
    verdict = check(ROOT / name)
    assert verdict.returncode == 0, verdict.stderr


def test_there_are_documents():
    assert DOCUMENTS
