"""The demo's screen in Chromium, at the width of a desk and of a phone."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from deadlines import PATIENCE, eventually

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("NEARSIDE_TOOLS", ROOT / "build/bin"))
SCREEN = Path(os.environ.get("NEARSIDE_SCREEN_FOLDER", ROOT / "build/screen/demo"))
RTT = 260  # ms


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    log = tmp_path_factory.mktemp("demo") / "log"
    with log.open("wb") as out:
        demo = subprocess.Popen([TOOLS / "demo", "--no-table", "--relay", "--rtt", str(RTT), "--port", "0", "--screen",
                                 SCREEN / "dist"], stdout=out, stderr=subprocess.STDOUT)
    try:
        found = eventually(lambda: re.search(r"The screen: (http://\S+)", log.read_text()) or demo.poll() is not None,
                           "the demo's screen")
        assert found is not True, log.read_text()
        yield found.group(1)
    finally:
        demo.terminate()
        demo.wait(PATIENCE)


def look(url, size, folder):
    # Packages are found from where the script stands.
    script = folder / "screen.mjs"
    script.write_text((Path(__file__).parent / "screen.mjs").read_text())
    (folder / "node_modules").symlink_to(SCREEN / "node_modules")
    pictures = Path(os.environ.get("NEARSIDE_PICTURES", folder))
    ran = subprocess.run(["node", script, url, size, pictures], capture_output=True, text=True, timeout=6 * PATIENCE)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def desk(url, tmp_path_factory):
    return look(url, "1280x800", tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def phone(url, tmp_path_factory):
    return look(url, "390x844", tmp_path_factory.mktemp("phone"))


@pytest.fixture(params=["desk", "phone"])
def seen(request):
    return request.getfixturevalue(request.param)


def test_the_page_has_no_errors(seen):
    assert seen["errors"] == []


def test_straight_from_the_api_each_call_waits_for_the_one_before(seen):
    assert seen["far"]["milliseconds"] >= 4 * RTT
    assert seen["far"]["requests"] == 4 + seen["jobs"]  # people, user, projects, jobs, and each job's metrics


def test_through_nearside_it_is_two_views_and_sooner(seen):
    assert seen["near"]["requests"] == 2
    assert seen["near"]["milliseconds"] < seen["far"]["milliseconds"]


def test_the_columns_are_filled(seen):
    assert (seen["people"], seen["jobs"]) == (8, 10)


def test_a_job_is_chosen_and_its_curve_drawn(seen):
    assert seen["job"]["title"] == seen["job"]["chosen"]
    assert seen["job"]["points"] == 20


def test_another_project_has_its_own_jobs(seen):
    assert seen["other"]["chosen"] == 1
    assert seen["other"]["jobs"] == 10


def test_nothing_is_wider_than_the_page(desk, phone):
    assert (desk["widest"], phone["widest"]) == (1280, 390)


def test_a_desk_shows_all_columns_at_once(desk):
    assert desk["columns"] == desk["job"]["columns"] == desk["other"]["columns"] == [0, 1, 2, 3]


def test_a_phone_shows_one_column_and_goes_on_to_the_next_by_a_touch(phone):
    assert (phone["columns"], phone["job"]["columns"], phone["other"]["columns"]) == ([2], [3], [2])
