"""Two implementations of RFC 6902 that aren't ours apply nearside's patches, and get the newer version of each pair."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("NEARSIDE_TOOLS", ROOT / "build/bin"))
MODULES = Path(os.environ.get("NEARSIDE_DELTA_MODULES", ROOT / "build/delta/node_modules"))


def judge(lines, folder):
    # Packages are found from where the script stands.
    script = folder / "judge.mjs"
    script.write_text((Path(__file__).parent / "judge.mjs").read_text())
    (folder / "node_modules").symlink_to(MODULES)
    return subprocess.run(["node", script], input=lines, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_others_get_the_newer_version_from_the_patch(seed, tmp_path):
    pairs = subprocess.run([TOOLS / "json_patch_pairs", str(seed), "2000"], capture_output=True, text=True, check=True,
                           timeout=300)
    found = judge(pairs.stdout, tmp_path)
    assert (found.returncode, found.stdout.strip()) == (0, "2000"), found.stdout + found.stderr


def test_the_judge_sees_a_wrong_patch(tmp_path):
    wrong = '{"a":[1,2]}\n{"a":[2,1]}\n[{"op":"move","path":"/a/0","from":"/a/0"}]\n'
    assert judge(wrong, tmp_path).returncode == 1
