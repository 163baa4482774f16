"""Code blocks of Markdown, and what their info string asks for.

    ```yaml             a configuration: `nearside check` accepts it. Without `upstreams:`, one named `incl` is added
    ```yaml refused     `nearside check` refuses it; a ```text block right after it holds what it then prints
    ```yaml fragment    a part too small to be a file; not checked
    ```console run      its commands print what the document says (consoles.py)
    ```json             parses
    ```sh, ```console   `./dev WORD`, `nearside WORD` and tree files named in it exist
"""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^```[ \t]*(\S*)[ \t]*(.*?)[ \t]*$")


@dataclass
class Block:
    language: str
    role: str
    text: str
    line: int  # of the fence


def blocks_of(text):
    found, current, lines = [], None, []
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if current is None:
            if fence:
                current, lines = Block(fence.group(1), fence.group(2), "", number), []
        elif line.rstrip() == "```":
            current.text = "\n".join(lines) + "\n"
            found.append(current)
            current = None
        else:
            lines.append(line)
    if current is not None:
        raise ValueError(f"line {current.line}: the code block is never closed")
    return found


def refusals_of(blocks):
    """(configuration, expected output or None) for each `yaml refused` block."""
    for at, block in enumerate(blocks):
        if block.language == "yaml" and block.role == "refused":
            following = blocks[at + 1] if at + 1 < len(blocks) else None
            yield block, following.text if following is not None and following.language == "text" else None


def links_of(text):
    """Relative targets of links and images, without their anchors; code blocks are no prose."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]


def commands_of(text):
    """(program, subcommand) for each `./dev WORD` and `nearside WORD` at the start of a shell line."""
    return re.findall(r"^\s*(?:\$ )?(?:sudo )?(?:build/|\./build/)?(\./dev|nearside)\s+([a-z]+)", text, re.MULTILINE)
