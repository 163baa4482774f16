"""Counts tests for ./dev test. Every part adds what its runner reported; `total` prints the closing line.

    tally.py FILE add NAME EXIT_CODE [JUNIT_XML]   a runner's own report; without one, the run counts as one test
    tally.py FILE skip NAME REASON                 one test that could not run here
    tally.py FILE total                            what failed, by name and with its first words, then
                                                   `N passed, N failed, N skipped`; exit code 1 when any failed
"""

import sys
import xml.etree.ElementTree as xml
from pathlib import Path

NO_TESTS_COLLECTED = 5  # pytest's exit code
TOLD_FAILURES = 40      # more of them would push the count out of sight
TOLD_LINES = 12         # of each failure
TOLD_COLUMNS = 240


def read_report(path):
    """(passed, failed, skipped) of a JUnit file as GoogleTest and pytest write it; None when it can't be read."""
    try:
        cases = list(xml.parse(path).iter("testcase"))
    except (OSError, xml.ParseError):
        return None
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None or case.get("status") == "notrun")
    return len(cases) - failed - skipped, failed, skipped


def count(exit_code, report):
    """What a run adds. A run that ends badly never adds zero failures: it may have crashed, or leaked at its end."""
    if report is None:
        return (1, 0, 0) if exit_code == 0 else (0, 1, 0)
    passed, failed, skipped = read_report(report) or (0, 1, 0)
    if exit_code == NO_TESTS_COLLECTED and passed + failed + skipped == 0:
        return 0, 0, 0
    if exit_code != 0 and failed == 0:
        failed = 1
    return passed, failed, skipped


def failures_of(report):
    """(name, what it said) of each failed test of a JUnit file; empty when there is none or it can't be read."""
    try:
        cases = list(xml.parse(report).iter("testcase"))
    except (OSError, xml.ParseError):
        return
    for case in cases:
        for complaint in [*case.findall("failure"), *case.findall("error")][:1]:
            said = (complaint.text or complaint.get("message") or "").strip().splitlines()
            # pytest ends with what went wrong, GoogleTest begins with it and says little: the end tells most of both.
            yield f"{case.get('classname')}.{case.get('name')}", [line[:TOLD_COLUMNS] for line in said[-TOLD_LINES:]]


def tell_failures(rows):
    """The failed tests again at the end, where they are found without reading the whole log."""
    told = 0
    for name, counts, report in rows:
        if not counts[1]:
            continue
        known = list(failures_of(report)) if report else []
        for test, lines in known or [("the run itself; see its output above", [])]:
            told += 1
            if told <= TOLD_FAILURES:
                print(f"FAILED in {name}: {test}", *(f"    {line}" for line in lines), sep="\n")
    if told > TOLD_FAILURES:
        print(f"and {told - TOLD_FAILURES} more")


def describe(counts):
    return "{} passed, {} failed, {} skipped".format(*counts)


def main(arguments):
    file, command, *rest = arguments
    if command == "total":
        lines = [line.split("\t") for line in Path(file).read_text().splitlines()] if Path(file).exists() else []
        rows = [(name, tuple(map(int, counts)), report) for name, *counts, report in lines]
        total = tuple(sum(column) for column in zip(*(counts for _, counts, _ in rows))) or (0, 0, 0)
        tell_failures(rows)
        print(describe(total))
        return 1 if total[1] or not any(total) else 0
    report = []
    if command == "skip":
        name, reason = rest
        counts, told = (0, 0, 1), f"skipped: {reason}"
    else:
        name, exit_code, *report = rest
        counts = count(int(exit_code), report[0] if report else None)
        told = describe(counts) if any(counts) else "nothing to run yet"
    with open(file, "a", encoding="utf-8") as out:
        out.write("\t".join([name, *map(str, counts), *(report or [""])]) + "\n")
    print(f"== {name}: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
