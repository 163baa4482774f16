"""The layering check over this tree, and that it can fail."""

import os
import re
import shutil
from pathlib import Path

import layers
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path):
    def write(**files):
        for name, text in files.items():
            package, _, stem = name.partition("_")
            (tmp_path / package).mkdir(exist_ok=True)
            (tmp_path / package / (stem + ".h")).write_text(text)
        return tmp_path

    return write


def test_imports_go_only_downward():
    assert layers.upward_includes(ROOT) == []


def test_every_header_is_included_once():
    assert layers.headers_without_pragma_once(ROOT) == []


def test_every_header_compiles_alone():
    build = ROOT / "build"
    workplace = build / "headers"
    workplace.mkdir(exist_ok=True)
    headers = [file for file in layers.sources(ROOT, (".h",)) if file.name != "pch.h"]
    ccache = shutil.which("ccache")
    os.environ.update({"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1", "CCACHE_COMPILERCHECK": "%compiler% --version"})
    complaints = layers.headers_that_need_another(ROOT, headers, layers.package_flags(build / "compile_commands.json"),
                                                  workplace, ([ccache] if ccache else []) + ["clang++-19"])
    assert "\n".join(complaints) == ""


def test_an_upward_include_is_found_with_its_line(tree):
    root = tree(core_body="#pragma once\n\n#include \"cache/key.h\"\n", cache_key="#pragma once\n")
    assert layers.upward_includes(root) == [
        'core/body.h:3: core includes "cache/key.h"; it may include no other package'
    ]


def test_siblings_do_not_know_each_other(tree):
    root = tree(cache_key='#include "aggregators/plan.h"\n', aggregators_plan='#include "cache/key.h"\n')
    assert [complaint.split(";")[0] for complaint in layers.upward_includes(root)] == [
        'cache/key.h:1: cache includes "aggregators/plan.h"',
        'aggregators/plan.h:1: aggregators includes "cache/key.h"',
    ]


def test_the_instruments_do_not_include_what_they_measure(tmp_path):
    folders = {"loadtest/farapi": '#include "proxy/server.h"\n', "loadtest/farlink": '#include "core/error.h"\n',
               "loadtest/compose": '#include "aggregators/plan.h"\n'}
    for folder, text in folders.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "main.cpp").write_text(text)
    assert layers.upward_includes(tmp_path) == [
        'loadtest/farapi/main.cpp:1: loadtest includes "proxy/server.h"; it may include core'
    ]


def test_downward_and_sideways_within_a_package_is_fine(tree):
    root = tree(proxy_server='#include "cache/key.h"\n  # include "proxy/tls.h"\n#include <vector>\n')
    assert layers.upward_includes(root) == []


def test_a_climbing_or_foreign_include_is_refused(tree):
    root = tree(config_load='#include "../core/error.h"\n#include "yaml-cpp/yaml.h"\n')
    complaints = layers.upward_includes(root)
    assert "climbs" in complaints[0]
    assert "angle brackets" in complaints[1]


def test_a_header_without_pragma_once_is_found(tree):
    root = tree(core_error="// #pragma once is told in a comment only\n")
    assert layers.headers_without_pragma_once(root) == ["core/error.h: lacks #pragma once"]


def test_a_header_that_leans_on_its_includer_is_found(tree):
    root = tree(core_good="#include <string>\ninline std::string a;\n", core_bad="inline std::string b;\n")
    complaints = layers.headers_that_need_another(root, [root / "core/good.h", root / "core/bad.h"], {}, root)
    assert len(complaints) == 1
    assert complaints[0].startswith("core/bad.h: does not compile alone")


def test_cmake_builds_the_packages_that_are_checked():
    packages = re.findall(r"^nearside_package\((\w+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert set(packages) <= set(layers.MAY_INCLUDE)
    for package in packages:
        depends = re.search(rf"^nearside_package\({package}(?: DEPENDS ([\w ]+))?\)", (ROOT / "CMakeLists.txt").read_text(),
                            re.MULTILINE).group(1) or ""
        assert set(depends.split()) | {package} == layers.MAY_INCLUDE[package]
