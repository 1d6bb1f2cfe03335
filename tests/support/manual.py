"""The documents that people read (README, the manual in docs/, and others beside them), taken apart for tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PAGES = tuple(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")]))
_FENCE = re.compile(r"^\s*(```|~~~)")
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")


class Link(msgspec.Struct, frozen=True):
    """One link or picture as it is written."""

    text: str
    target: str
    is_picture: bool


def prose(page: Path) -> str:
    """The text without its blocks of code. Links over two lines stay whole."""
    return "\n".join(line for line, is_code in _lines(page) if not is_code)


def code_lines(page: Path) -> list[str]:
    """The lines of all blocks of code, indented or fenced, without their indentation."""
    return [line.strip() for line, is_code in _lines(page) if is_code]


def inline_code(page: Path) -> list[str]:
    """What stands between single backticks, in prose and tables."""
    return [match[1] for match in _CODE.finditer(prose(page))]


def links(page: Path) -> list[Link]:
    """All links and pictures of the prose, those inside other links too."""
    text = re.sub(r"\s*\n\s*", " ", _CODE.sub(lambda match: match[0].replace("[", "(").replace("]", ")"), prose(page)))
    return [Link(match[2], match[3], bool(match[1])) for match in _LINK.finditer(text)]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings: lower case, no punctuation, hyphens for spaces, numbered when repeated."""
    found: Counter[str] = Counter()
    names = set()
    for line in prose(page).splitlines():
        match = _HEADING.match(line)
        if match:
            name = re.sub(r"[^\w\- ]", "", match[1].lower()).replace(" ", "-")
            names.add(f"{name}-{found[name]}" if found[name] else name)
            found[name] += 1
    return names


def _lines(page: Path) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is code: between fences, or indented by four after an empty line."""
    is_fenced = is_indented = False
    before = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if _FENCE.match(line):
            is_fenced = not is_fenced
            continue
        if line.strip():
            is_indented = line.startswith("    ") and (is_indented or not before.strip())
        yield line, is_fenced or (is_indented and bool(line.strip()))
        before = line
