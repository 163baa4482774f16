"""The commands: check, explain, serve, --version, --help."""

import re

import pytest

from answers import document
from configuration import configuration, view
from nearside import command

BOARD = view(
    """
    project: {get: "/api/projects/{id}/"}
    owner: {get: "/api/users/{project.owner_id}/", optional: true}
    jobs: {get: "/api/jobs/?project={id}"}
    metrics: {each: "jobs[*]", as: job, get: "/api/jobs/{job.id}/metrics/", parallel: 8}
    """,
    name="project-board",
)
BAD = "upstreams:\n  api: {url: http://127.0.0.1:1}\nviews:\n  board: {path: /b, frehs: 5s, steps: {a: {get: /a}}}\n"


@pytest.fixture
def good_file(tmp_path):
    file = tmp_path / "nearside.yaml"
    file.write_text(configuration("http://127.0.0.1:1", BOARD))
    return file


@pytest.fixture
def bad_file(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    return file


def test_version():
    ended = command("--version")
    assert ended.returncode == 0
    assert re.fullmatch(r"nearside \d+\.\d+\.\d+\s*", ended.stdout)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
def test_help_teaches_the_commands(arguments):
    ended = command(*arguments)
    assert ended.returncode == 0
    for word in ("serve", "check", "explain"):
        assert word in ended.stdout


@pytest.mark.parametrize("name", ["serve", "check", "explain"])
def test_each_command_has_help(name):
    ended = command(name, "--help")
    assert ended.returncode == 0
    assert "FILE" in ended.stdout


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["check"], ["explain"], ["serve"], ["--nonsense"]])
def test_a_wrong_call_is_told_and_fails(arguments):
    ended = command(*arguments)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert re.fullmatch(r"nearside: [^\n]+\n", ended.stderr)


def test_check_of_a_good_file(good_file):
    ended = command("check", good_file)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""


def test_check_needs_no_upstream_and_opens_no_port(good_file):
    """The upstream of the file does not exist."""
    assert command("check", good_file).returncode == 0


def test_check_of_a_bad_file_tells_place_and_mend(bad_file):
    ended = command("check", bad_file)
    assert ended.returncode == 1
    assert f"{bad_file}:4:21: " in ended.stderr + ended.stdout
    assert "fresh" in ended.stderr + ended.stdout


def test_serve_of_a_bad_file_says_the_same_and_exits(bad_file):
    def complaints(ended):
        return [line for line in (ended.stderr + ended.stdout).splitlines() if line.startswith(str(bad_file))]

    checked, served = command("check", bad_file), command("serve", bad_file)
    assert served.returncode == 1
    assert complaints(served) == complaints(checked) != []


@pytest.mark.parametrize("name", ["check", "serve"])
def test_a_file_that_does_not_exist(tmp_path, name):
    ended = command(name, tmp_path / "nowhere.yaml")
    assert ended.returncode == 1
    assert "nowhere.yaml" in ended.stderr + ended.stdout


@pytest.mark.parametrize("name", ["check", "serve"])
def test_a_folder_is_no_file(tmp_path, name):
    assert command(name, tmp_path).returncode == 1


def test_explain_tells_waves_and_round_trips(good_file):
    ended = command("explain", good_file, "project-board")
    assert ended.returncode == 0
    text = ended.stdout
    assert "project-board" in text
    assert re.search(r"\b2 round trips", text)
    waves = re.split(r"(?m)^wave \d+", text)
    assert len(waves) == 3
    assert "project" in waves[1] and "jobs" in waves[1]
    assert "owner" in waves[2] and "metrics" in waves[2]
    assert "/api/users/{project.owner_id}/" in waves[2]
    assert "8" in waves[2]


def test_explain_of_an_unknown_view_tells_the_known_ones(good_file):
    ended = command("explain", good_file, "project-bord")
    assert ended.returncode == 1
    assert "project-board" in ended.stderr + ended.stdout


def test_explain_of_a_bad_file_complains(bad_file):
    ended = command("explain", bad_file, "board")
    assert ended.returncode == 1
    assert f"{bad_file}:4:21: " in ended.stderr + ended.stdout


def test_a_port_that_is_taken_is_told(tmp_path, serve, upstream):
    upstream.on("/a", document({}))
    running = serve(view('a: {get: "/a"}'))
    file = tmp_path / "second.yaml"
    text = configuration("http://127.0.0.1:1", BOARD)
    file.write_text(text.replace('"127.0.0.1:0", threads', f'"127.0.0.1:{running.admin_port}", threads'))
    ended = command("serve", file)
    assert ended.returncode != 0
    assert str(running.admin_port) in ended.stderr


def test_the_environment_fills_in_values(start, upstream):
    upstream.on("/a", document({"n": 1}))
    text = configuration("${API_URL}", view('a: {get: "/a"}', fresh="${FRESH:-1h}"))
    nearside = start(text, environment={"API_URL": upstream.url})
    assert nearside.get("/views/7").json() == {"a": {"n": 1}}


def test_a_missing_variable_is_told_with_its_place(tmp_path):
    file = tmp_path / "nearside.yaml"
    file.write_text("upstreams:\n  api:\n    url: ${NOT_SET_ANYWHERE}\n")
    ended = command("check", file)
    assert ended.returncode == 1
    assert re.search(rf"{re.escape(str(file))}:3:\d+: .*NOT_SET_ANYWHERE", ended.stderr + ended.stdout)


def test_included_files_are_read_and_their_faults_located(tmp_path):
    file, part = tmp_path / "nearside.yaml", tmp_path / "part.yaml"
    file.write_text("include: part.yaml\nupstreams:\n  api: {url: http://127.0.0.1:1}\n")
    part.write_text("views:\n  board:\n    path: /b\n    steps:\n      a: {get: /a, tiemout: 5s}\n")
    ended = command("check", file)
    assert ended.returncode == 1
    assert re.search(r"part\.yaml:5:\d+: .*tiemout", ended.stderr + ended.stdout)
    part.write_text("views:\n  board:\n    path: /b\n    steps:\n      a: {get: /a}\n")
    assert command("check", file).returncode == 0
