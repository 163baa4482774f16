"""Runs clang-tidy over the tree, on all cores, and only where something changed since it last found nothing.

    tidy.py BUILD_FOLDER

A file is clean under a key: clang-tidy's version, .clang-tidy, the file's compile command, and the content of every
header that its object depends on (as ninja recorded it). Keys of clean files are kept below ~/.cache, so that they
hold across clones and after `./dev clean`.

Most of a run's time goes into the standard library's and Asio's headers, so files of one folder are checked together, as
one text that includes them. Where their private names collide, the batch is halved.
"""

import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

TIDY = "clang-tidy-19"
ROOT = Path(__file__).resolve().parent.parent
BATCH = 12  # files; more would need more memory than two at a time may have
# The handlers of tests are lambdas that their fixture keeps longer than the coroutines they start.
NOT_IN_TESTS = "-cppcoreguidelines-avoid-capturing-lambda-coroutines"
# The files of a batch are included, which makes them headers to clang-tidy.
OURS = r"/(core|config|cache|aggregators|proxy|loadtest|tests)/[a-z0-9_/]+\.(h|cpp)$"


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
    words = shlex.split(entry["command"])
    files = dependencies.get(words[words.index("-o") + 1])
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


def flags_of(entry):
    """The words that decide how a file is read: macros, search paths, the standard. Warnings are the compiler's to give:
    within a batch, a name of one file would shadow another's."""
    words = shlex.split(entry["command"])
    kept = [word for word in words if word.startswith(("-D", "-I", "-std="))]
    return tuple(kept + [part for at, word in enumerate(words) if word == "-isystem" for part in words[at:at + 2]])


def check(workplace, flags, files):
    """(files found clean, complaints)."""
    workplace.mkdir(exist_ok=True)
    text = "".join(f'#include "{file}"\n' for file, _ in files)
    unit = workplace / (hashlib.sha256(text.encode()).hexdigest()[:16] + ".cpp")
    unit.write_text(text)
    if len(files) > 1:
        together = subprocess.run(["clang++-19", *flags, "-w", "-fsyntax-only", str(unit)], capture_output=True)
        if together.returncode != 0:
            half = len(files) // 2
            halves = [check(workplace, flags, files[:half]), check(workplace, flags, files[half:])]
            return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]
    of_tests = all(Path(file).is_relative_to(ROOT / "tests") for file, _ in files)
    checks = "-bugprone-suspicious-include" + (f",{NOT_IN_TESTS}" if of_tests else "")
    run = subprocess.run([TIDY, "--quiet", f"--config-file={ROOT / '.clang-tidy'}", f"--header-filter={OURS}",
                          f"--checks={checks}", str(unit), "--", *flags],
                         capture_output=True, text=True)
    if run.returncode == 0:
        return files, []
    return [], [run.stdout.replace(f"{ROOT}/", "") or f"{TIDY} ended with {run.returncode} on {text}{run.stderr}"]


def main(arguments):
    build = Path(arguments[0]).resolve()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nearside" / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    dependencies = recorded_dependencies(str(build))

    tracked = set(subprocess.run(["git", "-C", str(ROOT), "ls-files", "*.cpp"], check=True, capture_output=True,
                                 text=True).stdout.split())
    groups, clean, checked = {}, 0, set()
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = Path(entry["file"])
        # The same file under two targets is checked once.
        if not file.is_relative_to(ROOT) or str(file.relative_to(ROOT)) not in tracked or file in checked:
            continue
        checked.add(file)
        key = key_of(entry, dependencies, build, common)
        if key is not None and (cache / key).exists():
            clean += 1
        else:
            groups.setdefault((file.parent, flags_of(entry)), []).append((file, key))
    batches = [(flags, files[at:at + BATCH]) for (_, flags), files in groups.items() for at in range(0, len(files), BATCH)]
    batches.sort(key=lambda batch: -len(batch[1]))

    complaints = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for good, bad in pool.map(lambda batch: check(build / "tidy", *batch), batches):
            complaints += bad
            print("".join(bad), end="", flush=True)
            for _, key in good:
                if key is not None:
                    (cache / key).touch()
    waiting = sum(len(files) for _, files in batches)
    print(f"clang-tidy: {waiting} files checked, {clean} unchanged, {len(complaints)} batches with complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
