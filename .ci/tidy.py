"""Runs clang-tidy over the tree, on all cores, and only where something changed since it last found nothing.

    tidy.py BUILD_FOLDER

What is compiled as one (a file, or the files of a unity batch) is clean under a key: clang-tidy's version, .clang-tidy,
the compile command, and the content of every file that its object depends on (as ninja recorded it). Keys of what was
clean are kept below ~/.cache, so that they hold across clones and after `./dev clean`.

Most of a run's time goes into the standard library's and Asio's headers: 48 files checked as one text take hardly longer
than 12. Where the private names of two unity batches collide, the text is halved.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

TIDY = "clang-tidy-19"
ROOT = Path(__file__).resolve().parent.parent
BATCH = 48  # files; more would leave cores idle at the end
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
    """None when what the object depends on isn't known: it is then always checked."""
    words = shlex.split(entry["command"])
    files = dependencies.get(words[words.index("-o") + 1])
    if files is None:
        return None
    content = hashlib.sha256(common)
    content.update(entry["command"].replace(str(ROOT), ".").replace(str(build), "build").encode())
    for name in sorted(str((build / name).resolve()) for name in files):
        # A precompiled header is known by what it was made of, which is in the list too; a unity file by its parts.
        if not name.endswith((".pch", ".cxx")):
            content.update(name.replace(str(ROOT), ".").replace(str(build), "build").encode())
            content.update(digest_of(name).encode())
    return content.hexdigest()


def flags_of(entry):
    """The words that decide how a file is read: macros, search paths, the standard. Warnings are the compiler's to give:
    within a batch, a name of one file would shadow another's."""
    words = shlex.split(entry["command"])
    kept = [word for word in words if word.startswith(("-D", "-I", "-std="))]
    return tuple(kept + [part for at, word in enumerate(words) if word == "-isystem" for part in words[at:at + 2]])


def sources_of(entry, tracked):
    """The tracked files that are compiled there: the file itself, or those that CMake joined in it."""
    file = Path(entry["file"])
    if "Unity" in file.parts:
        files = [Path(name) for name in re.findall(r'^#include "([^"]+)"', file.read_text(), re.MULTILINE)]
    else:
        files = [file]
    return [file for file in files if file in tracked]


def check(workplace, flags, items):
    """(keys found clean, complaints). An item is what is compiled as one: (files, key)."""
    files = [file for sources, _ in items for file in sources]
    text = "".join(f'#include "{file}"\n' for file in files)
    unit = workplace / (hashlib.sha256(text.encode()).hexdigest()[:16] + ".cpp")
    unit.write_text(text)
    of_tests = all(file.is_relative_to(ROOT / "tests") for file in files)
    checks = "-bugprone-suspicious-include" + (f",{NOT_IN_TESTS}" if of_tests else "")
    run = subprocess.run([TIDY, "--quiet", f"--config-file={ROOT / '.clang-tidy'}", f"--header-filter={OURS}",
                          f"--checks={checks}", str(unit), "--", *flags],
                         capture_output=True, text=True)
    if run.returncode == 0:
        return [key for _, key in items], []
    if len(items) > 1 and "clang-diagnostic-error" in run.stdout:
        half = len(items) // 2
        halves = [check(workplace, flags, items[:half]), check(workplace, flags, items[half:])]
        return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]
    return [], [run.stdout.replace(f"{ROOT}/", "") or f"{TIDY} ended with {run.returncode} on {text}{run.stderr}"]


def batches_of(groups):
    """(flags, items), each of about BATCH files, the largest first."""
    batches = []
    for (_, flags), items in groups.items():
        batch, files = [], 0
        for item in items:
            if batch and files + len(item[0]) > BATCH:
                batches.append((files, flags, batch))
                batch, files = [], 0
            batch.append(item)
            files += len(item[0])
        batches.append((files, flags, batch))
    return [(flags, batch) for _, flags, batch in sorted(batches, key=lambda batch: -batch[0])]


def main(arguments):
    build = Path(arguments[0]).resolve()
    workplace = build / "tidy"
    workplace.mkdir(exist_ok=True)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nearside" / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    dependencies = recorded_dependencies(str(build))

    tracked = {ROOT / name for name in subprocess.run(["git", "-C", str(ROOT), "ls-files", "*.cpp"], check=True,
                                                      capture_output=True, text=True).stdout.split()}
    groups, clean, waiting = {}, 0, 0
    for entry in json.loads((build / "compile_commands.json").read_text()):
        # The same file under two targets is checked once.
        files = sources_of(entry, tracked)
        tracked.difference_update(files)
        if not files:
            continue
        key = key_of(entry, dependencies, build, common)
        if key is not None and (cache / key).exists():
            clean += len(files)
        else:
            waiting += len(files)
            groups.setdefault((files[0].parent, flags_of(entry)), []).append((files, key))

    complaints = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for good, bad in pool.map(lambda batch: check(workplace, *batch), batches_of(groups)):
            complaints += bad
            print("".join(bad), end="", flush=True)
            for key in good:
                if key is not None:
                    (cache / key).touch()
    print(f"clang-tidy: {waiting} files checked, {clean} unchanged, {len(complaints)} batches with complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
