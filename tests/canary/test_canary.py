"""The compiler that builds nearside gets coroutines right, and one that doesn't is refused before it builds anything."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHAPES = ["aggregate_argument", "lambda_argument", "aggregate_from_await", "await_in_condition"]
# The newest g++ that is known to miscompile them, and what CMake refuses.
BROKEN_BELOW = 14


def broken_compiler():
    for name in ["g++-10", "g++-11", "g++-12", "g++-13", "g++"]:
        path = shutil.which(name)
        if path:
            version = subprocess.run([path, "-dumpversion"], capture_output=True, text=True).stdout
            if 11 <= int(version.split(".")[0]) < BROKEN_BELOW:
                return path
    return None


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("binary", ["canary", "canary_unoptimised"])
def test_coroutine(binary, shape):
    run = subprocess.run([f"{os.environ['NEARSIDE_TOOLS']}/{binary}", shape], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr


def test_an_unknown_shape_is_no_success():
    run = subprocess.run([f"{os.environ['NEARSIDE_TOOLS']}/canary", "unknown"], capture_output=True, timeout=60)
    assert run.returncode != 0


def test_all_shapes_are_run():
    source = (ROOT / "tests/canary/canary.cpp").read_text()
    assert re.findall(r'name == "(\w+)"', source) == SHAPES


@pytest.mark.skipif(broken_compiler() is None, reason="no g++ below 14 is installed")
def test_a_broken_compiler_is_refused_with_the_reason(tmp_path):
    run = subprocess.run(["cmake", "-S", ROOT, "-B", tmp_path, f"-DCMAKE_CXX_COMPILER={broken_compiler()}"],
                         capture_output=True, text=True, timeout=120)
    assert run.returncode != 0
    assert "silently miscompiles C++20 coroutines" in " ".join(run.stderr.split())


@pytest.mark.skipif(broken_compiler() is None, reason="no g++ below 14 is installed")
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_the_canary_catches_a_broken_compiler(tmp_path, level):
    subprocess.run([broken_compiler(), "-std=c++20", "-fcoroutines", level, ROOT / "tests/canary/canary.cpp", "-o",
                    tmp_path / "canary"], check=True, timeout=120)
    runs = [subprocess.run([tmp_path / "canary", shape], capture_output=True, timeout=60) for shape in SHAPES]
    assert any(run.returncode != 0 for run in runs)
