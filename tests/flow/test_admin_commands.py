"""The commands that ask a running nearside: tables for people, JSON for programs, exit codes for scripts."""

import json
import shutil
import subprocess

import pytest

from answers import document
from configuration import configuration, upstream_yaml, view
from nearside import ADMIN_TOKEN, command

BOARD = view('a: {get: "/a/{id}"}', fresh="1h")
TOKEN = {"NEARSIDE_ADMIN_TOKEN": ADMIN_TOKEN}


@pytest.fixture
def nearside(serve, upstream):
    for number in range(10):
        upstream.on(f"/a/{number}", document({"n": number}))
    return serve(BOARD)


def ask(nearside, *arguments, environment=TOKEN):
    return command(*arguments, "--url", f"http://127.0.0.1:{nearside.admin_port}", environment=environment)


def test_invalidate_names_what_it_likes_and_tells_a_table(nearside):
    nearside.get("/views/7")
    ended = ask(nearside, "invalidate", "--tag", "a", "--tag", "b", "--view", "board", "--path", "/x/**", "--hard")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[0].split() == ["MODE", "NAMED", "KEYS", "STORED", "NODES", "CONFIRMED"]
    assert ended.stdout.splitlines()[1].split() == ["hard", "4", "0", "1", "1"]
    assert not nearside.get("/views/7").is_hit
    told = json.loads(ask(nearside, "invalidate", "--tag", "a", "--json").stdout)
    assert told["tags"] == ["a"] and told["mode"] == "soft"


def test_entries_are_listed_over_pages_and_told_one_by_one(nearside):
    for number in range(10):
        nearside.get(f"/views/{number}")
    ended = ask(nearside, "entries", "--match", "view:board")
    assert ended.returncode == 0, ended.stderr
    heading, *rows = ended.stdout.splitlines()
    assert heading.split() == ["STATE", "AGE", "FRESH", "STALE", "SIZE", "TAGS", "KEY"]
    assert len(rows) == 10 and all(row.startswith("fresh") for row in rows)
    some = json.loads(ask(nearside, "entries", "--match", "view:board", "--limit", "3", "--json").stdout)["entries"]
    assert len(some) == 3
    key = some[0]["key"]
    assert f"key                 {key}\n" in ask(nearside, "entries", key).stdout
    assert json.loads(ask(nearside, "entries", key, "--json").stdout)["key"] == key


def test_what_fails_is_told_and_exits_with_1(nearside):
    missing = ask(nearside, "entries", "view:nothing")
    assert missing.returncode == 1 and "404" in missing.stderr
    for_programs = ask(nearside, "entries", "view:nothing", "--json")
    assert for_programs.returncode == 1 and json.loads(for_programs.stdout)["status"] == 404
    refused = ask(nearside, "invalidate", "--tag", "a", environment={"NEARSIDE_ADMIN_TOKEN": "wrong"})
    assert refused.returncode == 1 and "401 unauthorized" in refused.stderr and "wrong" not in refused.stderr
    unreachable = command("entries", "--url", "http://127.0.0.1:1")
    assert unreachable.returncode == 1 and unreachable.stdout == ""
    assert command("entries", "--url", "ftp://x").returncode == 1


@pytest.mark.parametrize("arguments", [["invalidate"], ["entries", "--limit", "0"], ["completion"], ["completion", "tcsh"],
                                       ["invalidate", "--tag"], ["reload", "now"]])
def test_a_wrong_call_exits_with_2(arguments):
    assert command(*arguments).returncode == 2


def test_the_token_may_be_in_another_variable_or_in_the_configuration(start, upstream, tmp_path):
    text = configuration(upstream.url, BOARD)
    nearside = start(text)
    ended = ask(nearside, "entries", "--token-env", "OTHER", environment={"OTHER": ADMIN_TOKEN})
    assert ended.returncode == 0
    file = tmp_path / "here.yaml"
    file.write_text(text.replace('admin: {listen: "127.0.0.1:0"', f'admin: {{listen: "127.0.0.1:{nearside.admin_port}"'))
    assert command("entries", "--config", file, environment={"NEARSIDE_ADMIN_TOKEN": ""}).returncode == 0


def test_over_tls(start, upstream, authority, localhost_certificate):
    certificate, key = localhost_certificate
    nearside = start(
        "server: {listen: \"127.0.0.1:0\"}\nlog: {format: json}\n"
        f"admin: {{listen: \"127.0.0.1:0\", token: {ADMIN_TOKEN}, tls: {{certificate: {certificate}, key: {key}}}}}\n"
        + upstream_yaml(upstream.url) + BOARD, ready=False)
    url = f"https://localhost:{nearside.admin_port}"
    told = command("entries", "--json", "--url", url, "--ca", authority.certificate, environment=TOKEN)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {"entries": []}
    assert command("health", "--url", url + "/healthz", "--ca", authority.certificate).returncode == 0
    distrusted = command("entries", "--url", url, environment=TOKEN)
    assert distrusted.returncode == 1 and "certificate" in distrusted.stderr
    plain = command("entries", "--url", f"http://127.0.0.1:{nearside.admin_port}", environment=TOKEN)
    assert plain.returncode == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_the_shell_reads(shell):
    ended = command("completion", shell)
    assert ended.returncode == 0
    for word in ("invalidate", "entries", "reload", "drain", "serve", "token-env"):
        assert word in ended.stdout
    if shutil.which(shell):
        read = subprocess.run([shell, "-n"], input=ended.stdout, text=True, capture_output=True, timeout=30, check=False)
        assert read.returncode == 0, read.stderr


def test_bash_completes_commands_and_options():
    script = command("completion", "bash").stdout + (
        'COMP_WORDS=(nearside inv); COMP_CWORD=1; _nearside; echo "${COMPREPLY[@]}"\n'
        'COMP_WORDS=(nearside invalidate --t); COMP_CWORD=2; _nearside; echo "${COMPREPLY[@]}"\n'
    )
    ended = subprocess.run(["bash"], input=script, text=True, capture_output=True, timeout=30, check=False)
    first, second = ended.stdout.splitlines()
    assert first == "invalidate"
    assert {"--tag", "--token-env"} <= set(second.split())
