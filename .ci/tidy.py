"""Runs clang-tidy over the tree, on all cores, and only where something changed since it last found nothing.

    tidy.py BUILD_FOLDER

A file is clean under a key: clang-tidy's version, .clang-tidy, the file's compile command, and the content of every
header that its object depends on (as ninja recorded it). Keys of clean files are kept below ~/.cache, so that they
hold across clones and after `./dev clean`.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path

TIDY = "clang-tidy-19"
ROOT = Path(__file__).resolve().parent.parent


@lru_cache(maxsize=None)
def digest_of(path):
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return "absent"


def recorded_dependencies(build):
    """Object file -> files it was compiled from, for every object whose record is valid."""
    listing = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    dependencies, current = {}, None
    for line in listing.splitlines():
        if line.startswith("    "):
            if current is not None:
                current.append(line.strip())
        elif line:
            name, _, state = line.partition(": #deps")
            current = dependencies.setdefault(name, []) if line.endswith("(VALID)") and state else None
    return dependencies


def key_of(entry, dependencies, build, common):
    """None when what the file depends on isn't known: it is then always checked."""
    files = dependencies.get(entry["output"])
    if files is None:
        return None
    content = hashlib.sha256(common)
    content.update(entry["command"].replace(str(ROOT), ".").replace(str(build), "build").encode())
    for name in sorted(str((build / name).resolve()) for name in files):
        # A precompiled header is known by what it was made of, which is in the list too.
        if not name.endswith(".pch"):
            content.update(name.replace(str(ROOT), ".").replace(str(build), "build").encode())
            content.update(digest_of(name).encode())
    return content.hexdigest()


def main(arguments):
    build = Path(arguments[0]).resolve()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nearside" / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    dependencies = recorded_dependencies(str(build))

    tracked = set(subprocess.run(["git", "-C", str(ROOT), "ls-files", "*.cpp"], check=True, capture_output=True,
                                 text=True).stdout.split())
    waiting, clean = [], 0
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = Path(entry["file"])
        if not file.is_relative_to(ROOT) or str(file.relative_to(ROOT)) not in tracked:
            continue
        key = key_of(entry, dependencies, build, common)
        if key is not None and (cache / key).exists():
            clean += 1
        else:
            waiting.append((entry["file"], key))
    # The same file under two targets is checked once.
    waiting = sorted({file: key for file, key in waiting}.items(), key=lambda item: -os.path.getsize(item[0]))

    def check(item):
        file, key = item
        started = time.monotonic()
        run = subprocess.run([TIDY, "-p", str(build), "--quiet", "--warnings-as-errors=*", file], capture_output=True,
                             text=True)
        return file, key, run, time.monotonic() - started

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, key, run, took in pool.map(check, waiting):
            if run.returncode == 0:
                if key is not None:
                    (cache / key).touch()
                continue
            bad += 1
            print(run.stdout.replace(str(ROOT) + "/", ""), end="")
            if not re.search(r"(error|warning):", run.stdout):
                print(f"{shlex.quote(file)}: {TIDY} ended with {run.returncode} after {took:.0f} s\n{run.stderr}")
    print(f"clang-tidy: {len(waiting)} files checked, {clean} unchanged, {bad} with complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
