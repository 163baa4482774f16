"""TypeScript types are generated from /openapi.json of the demo's configuration, over a far API, and a client is compiled
against them: a right one compiles, a wrong one doesn't."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import nearside as binary
import pytest
from deadlines import PATIENCE, eventually

ROOT = Path(__file__).resolve().parents[2]
MODULES = Path(os.environ.get("NEARSIDE_OPENAPI_MODULES", ROOT / "build/openapi/node_modules"))
MINJI = {"Authorization": "Token minji-token"}

CLIENT = """\
import type { operations, paths } from "./types";

type Board = operations["project-board"]["responses"]["200"]["content"]["application/json"];
type Home = paths["/views/home/{id}"]["get"]["responses"]["200"]["content"]["application/json"];
type Problem = operations["home"]["responses"]["default"]["content"]["application/problem+json"];
type Parameters = operations["project-board"]["parameters"];

export const asked: Parameters = { path: { id: "101" }, query: { page: %(page)s } };

export function title(board: Board): string {
    const first = board.jobs[0];
    return `${board.project.%(name)s.toUpperCase()} ${first === undefined ? "" : first.status} ${board.owner?.username}`;
}
export const progress = (home: Home): number[] => home.jobs.map((job) => job.progress + 1);
export const why = (problem: Problem): string => `${problem.status} ${problem.title} ${problem.step ?? ""}`;
"""


@pytest.fixture(scope="module")
def far_api():
    process = subprocess.Popen([binary.TOOLS / "farapi", "--listen", "127.0.0.1:0", "--frozen"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    try:
        yield re.search(r"http://[\d.]+:\d+", process.stdout.readline()).group(0)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def served(far_api, tmp_path_factory):
    """nearside as `./dev demo` runs it."""
    text = (ROOT / "config/demo.yaml").read_text() + "log: {format: json}\n"
    file = tmp_path_factory.mktemp("served") / "nearside.yaml"
    file.write_text(text)
    server = binary.Nearside(file, {"FARAPI_URL": far_api, "NEARSIDE_PORT": "0", "NEARSIDE_ADMIN_PORT": "0"})
    try:
        yield server.wait_ready()
        server.stop()
    finally:
        server.kill()


def schema_of(document, view):
    return document["components"]["schemas"][f"view.{view}"]


@pytest.fixture(scope="module")
def document(served, tmp_path_factory):
    """/openapi.json when both views were seen, in a file."""
    for target in ("/views/home/1", "/views/projects/101", "/views/projects/101?page=2"):
        assert served.request(target, fields=MINJI).status == 200
    told = {}

    def knows_both():
        told.update(served.get("/openapi.json").json())
        return all("properties" in schema_of(told, view) for view in ("home", "project-board"))

    eventually(knows_both, "both views are told")
    file = tmp_path_factory.mktemp("types") / "openapi.json"
    file.write_text(json.dumps(told))
    return file


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE * 4, check=False)


@pytest.fixture(scope="module")
def project(document):
    """A folder with the generated types."""
    folder = document.parent
    (folder / "node_modules").symlink_to(MODULES)
    made = run("node", MODULES / "openapi-typescript/bin/cli.js", document.name, "-o", "types.ts", cwd=folder)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def compiled(project, file, **members):
    (project / f"{file}.ts").write_text(CLIENT % {"name": "name", "page": '"2"', **members})
    return run("node", MODULES / "typescript/bin/tsc", "--strict", "--noEmit", "--target", "es2022", "--module", "es2022",
               "--moduleResolution", "bundler", "--noUncheckedIndexedAccess", f"{file}.ts", cwd=project)


def test_the_tools_are_there():
    assert shutil.which("node"), "no node"
    assert MODULES.is_dir(), f"no {MODULES}: `./dev test openapi` fetches them"


def test_a_right_client_compiles(project):
    ended = compiled(project, "right")
    assert ended.returncode == 0, ended.stdout + (project / "types.ts").read_text()


def test_a_misspelt_member_does_not_compile(project):
    ended = compiled(project, "misspelt", name="nmae")
    assert ended.returncode != 0
    assert "Property 'nmae' does not exist" in ended.stdout


def test_a_parameter_of_another_type_does_not_compile(project):
    ended = compiled(project, "mistyped", page="{}")
    assert ended.returncode != 0
    assert "is not assignable to type" in ended.stdout
