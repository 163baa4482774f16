"""The layering of the tree: which package may include which, and that every header stands on its own.

Imports go only downward (docs/architecture.md). A file belongs to the package of its top folder; an #include in quotes
names a file from the top of the tree.
"""

import json
import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MAY_INCLUDE = {
    "core": {"core"},
    "config": {"config", "core"},
    "cache": {"cache", "config", "core"},
    "aggregators": {"aggregators", "config", "core"},
    "proxy": {"proxy", "aggregators", "cache", "config", "core"},
    "loadtest": {"loadtest", "proxy", "aggregators", "cache", "config", "core"},
    "tests": {"tests", "loadtest", "proxy", "aggregators", "cache", "config", "core"},
}

# The far region must not lean on what it is a measure for. Other folders of loadtest are benchmarks of one part.
INSTRUMENTS = {"loadtest/farapi", "loadtest/farlink"}
MAY_INSTRUMENTS_INCLUDE = {"loadtest", "core"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def sources(root, suffixes):
    for package in MAY_INCLUDE:
        for suffix in suffixes:
            yield from sorted((root / package).rglob("*" + suffix))


def target_of(root, file, name):
    """The package that an include names: beside the file, or from the top of the tree."""
    beside = (file.parent / name).resolve()
    if "/" not in name and beside.exists():
        return beside.relative_to(root.resolve()).parts[0]
    return Path(name).parts[0]


def upward_includes(root):
    complaints = []
    for file in sources(root, (".h", ".cpp")):
        package = file.relative_to(root).parts[0]
        instrument = "/".join(file.relative_to(root).parts[:2]) in INSTRUMENTS
        may_include = MAY_INSTRUMENTS_INCLUDE if instrument else MAY_INCLUDE[package]
        text = file.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            where = f"{file.relative_to(root)}:{text.count(chr(10), 0, match.start(1)) + 1}"
            name = match.group(1)
            if ".." in Path(name).parts:
                complaints.append(f'{where}: "{name}" climbs; name it from the top of the tree')
                continue
            target = target_of(root, file, name)
            if target not in MAY_INCLUDE:
                complaints.append(f'{where}: "{name}" is in no package; other libraries go in angle brackets')
            elif target not in may_include:
                allowed = ", ".join(sorted(may_include - {package})) or "no other package"
                complaints.append(f'{where}: {package} includes "{name}"; it may include {allowed}')
    return complaints


def headers_without_pragma_once(root):
    return [
        f"{file.relative_to(root)}: lacks #pragma once"
        for file in sources(root, (".h",))
        if not re.search(r"^#pragma once$", file.read_text(encoding="utf-8"), re.MULTILINE)
    ]


def package_flags(compile_commands):
    """Package -> the preprocessor's and language's flags of one of its files; the last stands in for header-only ones."""
    flags = {}
    for entry in json.loads(Path(compile_commands).read_text()):
        try:
            package = Path(entry["file"]).relative_to(entry_root(compile_commands)).parts[0]
        except ValueError:
            continue
        words = shlex.split(entry["command"])
        keep = [word for word in words if re.match(r"-(D|I|std=)", word)]
        keep += [part for at, word in enumerate(words) if word == "-isystem" for part in words[at : at + 2]]
        known = flags.setdefault(package, [])
        known += [word for word in keep if word not in known or word == "-isystem"]
    return flags


def entry_root(compile_commands):
    cache = (Path(compile_commands).parent / "CMakeCache.txt").read_text()
    return re.search(r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", cache, re.MULTILINE).group(1)


def headers_that_need_another(root, headers, flags, workplace, compiler=("clang++-19",)):
    """Headers that don't compile when they are the first thing included. `compiler` may begin with ccache."""

    def check(header):
        name = str(header.relative_to(root))
        unit = workplace / (name.replace("/", "-") + ".cpp")
        unit.write_text(f'#include "{name}"\n')
        command = [*compiler, *flags.get(name.split("/")[0], ["-std=c++20"]), f"-I{root}", "-w", "-O0", "-c", str(unit),
                   "-o", str(unit.with_suffix(".o"))]
        run = subprocess.run(command, capture_output=True, text=True)
        return None if run.returncode == 0 else f"{name}: does not compile alone\n{run.stderr}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [complaint for complaint in pool.map(check, headers) if complaint]
