"""The reader of the docs' examples finds what it should, and complains where it should."""

import pytest
from blocks import Block, blocks_of, commands_of, links_of, refusals_of


def test_blocks_keep_language_role_and_line():
    assert blocks_of("text\n```yaml refused\na: 1\n```\n```\nplain\n```\n") == [
        Block("yaml", "refused", "a: 1\n", 2),
        Block("", "", "plain\n", 5),
    ]


def test_a_block_that_is_never_closed_is_an_error():
    with pytest.raises(ValueError, match="line 1"):
        blocks_of("```json\n{}\n")


def test_a_refusal_goes_with_the_text_after_it():
    blocks = blocks_of("```yaml refused\na: 1\n```\n```text\nwrong\n```\n```yaml refused\nb: 1\n```\n")
    assert [(block.text, told) for block, told in refusals_of(blocks)] == [("a: 1\n", "wrong\n"), ("b: 1\n", None)]


def test_links_within_the_tree_only():
    assert links_of("[a](docs/a.md#b) [c](https://x.nl) [d](#e) ![f](g.svg)\n```\n[x](y)\n```\n") == ["docs/a.md", "g.svg"]


def test_commands_at_the_start_of_lines():
    assert commands_of("$ ./dev demo --once\nbuild/nearside check a.yaml\necho ./dev no\n") == [
        ("./dev", "demo"),
        ("nearside", "check"),
    ]
