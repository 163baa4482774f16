"""Examples that run: a ```console run``` block is a transcript, whose commands are run and whose output is compared.

The configurations of the document are there as files: a yaml block that begins with a comment `# NAME.yaml` is that
file. Where the block asks a server (curl), a far API listens on 127.0.0.1:9000 and nearside, with the last such file
above the block, where that file says. In what is printed, `...` stands for anything; a line of it, for any lines; and
what each answer has anew (Date, durations, what is left of `fresh`) may differ.
"""

import contextlib
import os
import re
import shutil
import subprocess

import nearside as binary

API = "127.0.0.1:9000"
PATIENCE = 30  # seconds, of one command
ANEW = re.compile(r"(?<=^Date: ).*|(?<=dur=)[\d.]+|(?<=ttl=)\d+", re.MULTILINE)


def named_files(blocks):
    """{NAME: block} of the yaml blocks that begin with their name."""
    named = {}
    for block in blocks:
        first = re.match(r"# ([\w./-]+\.yaml)\n", block.text)
        if block.language == "yaml" and first:
            named[first.group(1)] = block
    return named


def steps_of(text):
    """(command, what it prints) for each `$ ` of a transcript; a command goes on after a backslash."""
    steps = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append([line[2:], []])
        elif steps and steps[-1][0].endswith("\\"):
            steps[-1][0] = steps[-1][0][:-1].rstrip() + " " + line.strip()
        elif steps:
            steps[-1][1].append(line.rstrip())
        else:
            raise ValueError(f"no command before: {line}")
    return [(command, "\n".join(printed).strip("\n")) for command, printed in steps]


def prints(told, printed):
    """Whether `printed` is what the document tells."""
    lines = [line.rstrip() for line in ANEW.sub("_", printed.replace("\r", "")).strip("\n").split("\n")]
    pattern = ""
    for line in ANEW.sub("_", told).split("\n"):
        pattern += r"(?:.*\n)*?" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
    return re.fullmatch(pattern, "\n".join(lines) + "\n") is not None


def _anywhere(text):
    """Of a configuration: the same on ports that the system chooses, with logs that the tests can read."""
    text = re.sub(r"(127\.0\.0\.1|0\.0\.0\.0):808[01]\b", "127.0.0.1:0", text)
    for section, otherwise in (("server", '{listen: "127.0.0.1:0"}'), ("admin", '{listen: "127.0.0.1:0"}'),
                               ("log", "{format: json}")):
        if not re.search(rf"^{section}:", text, re.MULTILINE):
            text += f"\n{section}: {otherwise}\n"
    return text


@contextlib.contextmanager
def far_api():
    """The address of a fresh one whose clock stands still."""
    farapi = binary.TOOLS / "farapi"
    assert farapi.exists(), f"no {farapi}: `ninja -C build farapi` makes it, NEARSIDE_TOOLS names another folder"
    process = subprocess.Popen([farapi, "--listen", "127.0.0.1:0", "--frozen"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    try:
        yield re.search(r"http://([\d.]+:\d+)", process.stdout.readline()).group(1)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def everything_for(transcript, files, folder):
    """Writes the files and starts what the transcript asks; {address in the document: address here}."""
    asks = re.search(r"\bcurl\b", transcript) is not None
    with contextlib.ExitStack() as ends:
        here = {API: ends.enter_context(far_api())} if asks else {}
        last = None
        for name, block in files.items():
            last = folder / name
            last.parent.mkdir(parents=True, exist_ok=True)
            last.write_text(block.text)
        if asks:
            assert last is not None, "no named configuration above this block"
            served = folder / "served.yaml"
            served.write_text(_anywhere(last.read_text()).replace(API, here[API]))
            server = binary.Nearside(served)
            ends.callback(server.kill)
            server.wait_ready()
            here["127.0.0.1:8080"] = f"127.0.0.1:{server.port}"
            here["127.0.0.1:8081"] = f"127.0.0.1:{server.admin_port}"
        yield here


def run(command, here, folder):
    """What it prints, with the document's addresses."""
    for theirs, ours in here.items():
        command = command.replace(theirs, ours)
    tools = folder / "path"
    if not tools.exists():
        tools.mkdir()
        (tools / "nearside").symlink_to(shutil.which(binary.BINARY) or binary.BINARY)
    command = re.sub(r"(^|\s)build/nearside\b", r"\1nearside", command)
    ended = subprocess.run(["bash", "-c", command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, timeout=PATIENCE, env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
    printed = ended.stdout
    for theirs, ours in here.items():
        printed = printed.replace(ours, theirs)
    return printed
