"""The runner of transcripts reads them as people do, and sees a difference."""

import pytest
from blocks import blocks_of
from consoles import named_files, prints, steps_of


def test_a_configuration_begins_with_its_name():
    named = named_files(blocks_of("```yaml\n# a.yaml\nx: 1\n```\n```yaml\nx: 2\n```\n```sh\n# b.yaml\n```\n"))
    assert {name: block.line for name, block in named.items()} == {"a.yaml": 1}


def test_commands_with_what_they_print():
    assert steps_of("$ one\nprinted\n\n$ two \\\n    -x\n$ three\n") == [
        ("one", "printed"),
        ("two -x", ""),
        ("three", ""),
    ]
    with pytest.raises(ValueError, match="no command"):
        steps_of("printed\n")


@pytest.mark.parametrize("told, printed", [
    ("a\nb", "a\nb\n"),
    ("a", "a\r\n"),
    ("ETag: \"...\"", "ETag: \"4385\"\n"),
    ("a\n...\nd", "a\nb\nc\nd\n"),
    ("a\n...\nb", "a\nb\n"),
    ("a\n...", "a\nb\n"),
    ("Date: Mon\nserver;dur=1.5; ttl=4", "Date: Tue\nserver;dur=22.0; ttl=5\n"),
])
def test_what_is_the_same(told, printed):
    assert prints(told, printed)


@pytest.mark.parametrize("told, printed", [
    ("a", "a\nb\n"),
    ("a\nb", "a\n"),
    ("x...z", "x\nz\n"),
    ("a.c", "abc\n"),
    ("...\nb", "a\nc\n"),
    ("Age: 1", "Age: 2\n"),
])
def test_what_is_not_the_same(told, printed):
    assert not prints(told, printed)
