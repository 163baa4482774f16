"""What tests of reloads share: a running nearside whose file is written anew."""

import pathlib

from nearside import ADMIN_TOKEN


def file_of(nearside):
    return pathlib.Path(nearside.process.args[2])


def write(nearside, text):
    """At once, as an editor or a mounted secret does it: a reload never reads half a file."""
    file = file_of(nearside)
    made = file.with_suffix(".new")
    made.write_text(text)
    made.rename(file)


def reload(nearside, text=None):
    """What POST /reload says, with that text in the file."""
    if text is not None:
        write(nearside, text)
    return nearside.admin("/reload", token=ADMIN_TOKEN, method="POST")


def take(nearside, text):
    """A reload that has to be taken."""
    answer = reload(nearside, text)
    assert answer.status == 200, answer
    return answer.json()
