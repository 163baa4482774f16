"""Every example in the documents works: configurations are checked by nearside itself, files and commands exist."""

import json
import os
import re
import subprocess
from pathlib import Path

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


def check(file):
    """nearside's verdict, with a value for every environment variable that the file names without a default."""
    environment = dict(os.environ)
    for name in re.findall(r"\$\{([A-Z_][A-Z0-9_]*)\}", file.read_text()):
        environment.setdefault(name, "http://127.0.0.1:9" if name.endswith("URL") else "x" * 32)
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
