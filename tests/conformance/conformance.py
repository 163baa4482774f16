"""Runs the public suite of HTTP cache tests (http-cache-tests) against nearside and prints what it didn't pass, why,
and two numbers. The suite is judge: this only starts the suite's origin, the cache before it, and counts.

Run it as `./dev conformance`, which builds nearside and fetches the suite first."""

import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(HERE), str(REPOSITORY / "loadtest")]

import caches  # noqa: E402
from measure.processes import StartFailed, run_with_processes, wait_for_line  # noqa: E402
from measure.report import table  # noqa: E402

MODULES = REPOSITORY / "build" / "conformance"
EXPLAINED_IN = REPOSITORY / "docs" / "http-caching.md"
KINDS = ("required", "optimal", "check")
PASSED = ("pass", "yes")
PATIENCE_SECONDS = 600  # for a whole run, which takes about a minute: tests wait for things to expire

# (required, optimal) that there are, by which a version of the suite is known -> the fewest that nearside may pass.
FLOORS = {(157, 86): (141, 78), (160, 105): (159, 97)}

VERDICTS = {
    "fail": "failed",
    "no": "no",
    "setup": "failed while setting up",
    "harness": "the suite itself failed",
    "dependency": "not judged: a test that it depends on isn't passed",
    "retry": "the request was made twice",
    "untested": "not run",
}


def arguments():
    parser = argparse.ArgumentParser(prog="./dev conformance", description=__doc__)
    parser.add_argument("--suite", type=pathlib.Path, metavar="DIR",
                        help="a checkout of the suite instead of the released one, such as its newest version")
    parser.add_argument("--only", metavar="TEST-ID", help="one test, and those that it depends on")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="with --only: the dialogue of that test, on both sides of the cache; else all verdicts")
    parser.add_argument("--cache", choices=caches.KNOWN, default="nearside", help="another cache, for comparison")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write each test's verdict there")
    parser.add_argument("--junit", type=pathlib.Path, metavar="FILE", help="write what is asserted as JUnit XML")
    return parser.parse_args()


def suite_folder(given):
    """The suite with its modules within reach. A checkout is copied to where Node.js finds those of the lock file."""
    if given is None:
        return MODULES / "node_modules" / "http-cache-tests"
    if not (given / "test-engine").is_dir():
        raise StartFailed(f"{given} is no checkout of the suite: it has no folder test-engine")
    copy = MODULES / "checkout"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(given, copy, ignore=shutil.ignore_patterns("node_modules", ".git"))
    return copy


def start_origin(processes, suite, folder):
    server = suite / "test-engine" / "server"
    server = server if server.is_dir() else suite / "server"
    origin = processes.start("origin", ["node", HERE / "origin.mjs", server, pathlib.Path(folder) / "origin.pid"])
    return f"http://127.0.0.1:{wait_for_line(origin, 'origin on port ')}", origin


def run_suite(options, suite, base, folder):
    output = pathlib.Path(folder) / "judged.json"
    command = ["node", "--no-warnings", HERE / "run_suite.mjs", suite, base, output]
    if options.only:
        command += ["--only", options.only, *(["--dump"] if options.verbose else [])]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                           timeout=PATIENCE_SECONDS)
    if ended.returncode != 0:
        raise StartFailed(f"the suite did not run:\n{ended.stdout}")
    return json.loads(output.read_text()), ended.stdout


# --- what is printed


def say_not_passed(judged, kinds):
    for kind in kinds:
        missed = [test for test in judged if test["kind"] == kind and test["verdict"] not in PASSED]
        if not missed:
            continue
        print(f"\n{kind}, not passed: {len(missed)}")
        for test in missed:
            print(f"  {test['id']}: {plain(test['name'])}\n      {explain(test, judged)}")


def plain(name):
    return re.sub(r"\s+", " ", name).strip()


def explain(test, judged):
    why = VERDICTS.get(test["verdict"], test["verdict"])
    if test["verdict"] == "dependency":
        verdicts = {each["id"]: each["verdict"] for each in judged}
        missed = [each for each in test["depends_on"] if verdicts.get(each) not in PASSED]
        return f"{why} ({', '.join(missed)})"
    return f"{why}: {test['reason']}" if test["reason"] else why


def count(judged):
    """{kind: (passed, there are)}"""
    counted = collections.Counter((test["kind"], test["verdict"] in PASSED) for test in judged)
    return {kind: (counted[kind, True], counted[kind, True] + counted[kind, False]) for kind in KINDS}


def better_of(first, second):
    """What passed in either run has passed."""
    return [one if one["verdict"] in PASSED else other for one, other in zip(first, second, strict=True)]


def say_counts(judged):
    groups = {}
    for test in judged:
        groups.setdefault(test["group"], []).append(test)
    rows = [["Group", *KINDS]]
    for group, tests in [*groups.items(), ("all", judged)]:
        counts = count(tests)
        rows.append([group, *(f"{counts[kind][0]} of {counts[kind][1]}" if counts[kind][1] else "" for kind in KINDS)])
    print("\n" + table(rows))


def say_dialogue(client, origin_log):
    """The suite's own dumps of one test. Each side numbers its requests."""
    print("-- between client and cache\n")
    print(client.strip() + "\n")
    print("-- between cache and origin\n")
    lines = pathlib.Path(origin_log).read_text(errors="replace").splitlines()
    print("\n".join(lines[2:]).strip() + "\n")  # after the suite's own line and ours, which say that it listens


# --- what is asserted


def unexplained(judged):
    """What is not passed, and not in the docs' lists either."""
    text = EXPLAINED_IN.read_text() if EXPLAINED_IN.exists() else ""
    told = set(re.findall(r"`([^`\s]+)`", text))
    return [test["id"] for test in judged
            if test["kind"] != "check" and test["verdict"] not in PASSED and test["id"] not in told]


def assertions(judged):
    """[(what, what is wrong or "")]"""
    (required, all_required), (optimal, all_optimal), _ = count(judged).values()
    floors = FLOORS.get((all_required, all_optimal))
    if floors is None:
        return [("a known version of the suite",
                 f"{all_required} required and {all_optimal} optimal tests: no floor is set for these")]
    untold = unexplained(judged)
    return [
        (f"required: {required} of {all_required}, at least {floors[0]}", "" if required >= floors[0] else "too few"),
        (f"optimal: {optimal} of {all_optimal}, at least {floors[1]}", "" if optimal >= floors[1] else "too few"),
        (f"{EXPLAINED_IN.relative_to(REPOSITORY)} tells why each other one isn't passed",
         f"{len(untold)} not in it: {', '.join(untold[:20])}{', ..' if len(untold) > 20 else ''}" if untold else ""),
    ]


def write_junit(path, asserted):
    suite = xml.Element("testsuite", name="conformance", tests=str(len(asserted)))
    for what, wrong in asserted:
        case = xml.SubElement(suite, "testcase", classname="conformance", name=what)
        if wrong:
            xml.SubElement(case, "failure", message=wrong)
    path.parent.mkdir(parents=True, exist_ok=True)
    xml.ElementTree(suite).write(path, encoding="unicode")


def conform(options, processes, folder):
    suite = suite_folder(options.suite)
    origin_url, origin = start_origin(processes, suite, folder)
    base = caches.start(options.cache, processes, folder, origin_url)
    judged, client = run_suite(options, suite, base, folder)
    if options.json:
        options.json.write_text(json.dumps(judged, indent=1))
    if options.only:
        if options.verbose:
            say_dialogue(client, origin.log_path)
        test = next(each for each in judged if each["id"] == options.only)
        print(f"{test['id']} ({test['kind']}): {plain(test['name'])}")
        print("passed" if test["verdict"] in PASSED else explain(test, judged))
        return 0 if test["verdict"] in PASSED else 1
    if options.cache == "nearside" and any(wrong for _, wrong in assertions(judged)):
        # The suite waits whole seconds for things to expire, and a busy machine may be later than that.
        print("once more, for what a busy machine may have been late for")
        again, _ = run_suite(options, suite, base, folder)
        judged = better_of(judged, again)
    say_not_passed(judged, KINDS if options.verbose else KINDS[:2])
    say_counts(judged)
    if options.cache != "nearside":
        return 0
    asserted = assertions(judged)
    print()
    for what, wrong in asserted:
        print(f"  {'FAILED' if wrong else 'ok    '} {what}{': ' + wrong if wrong else ''}")
    if options.junit:
        write_junit(options.junit, asserted)
    return 1 if any(wrong for _, wrong in asserted) else 0


def main():
    options = arguments()
    return run_with_processes("conformance", lambda processes, folder: conform(options, processes, folder),
                              [subprocess.TimeoutExpired])


if __name__ == "__main__":
    sys.exit(main())
