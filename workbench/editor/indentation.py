"""Rules for indenting the next line, on plain text and without Qt."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.editor.languages import Language

# Compiled when used first, not while the window starts.
_LEAVES_BLOCK = r"\s*(return|raise|pass|break|continue)\b"
_PARTNERS = {
    "else": r"if|elif|for|while|try|except",
    "elif": r"if|elif",
    "except": r"try|except",
    "finally": r"try|except|else",
}
_STRING_OR_COMMENT = r"""("(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)|(#.*)"""


def leading_space(line: str) -> str:
    """Return the white space that a line begins with."""
    return line[:len(line) - len(line.lstrip())]


def indent_after(before: str, language: Language) -> str:
    """Return the indentation of the new line after Enter; `before` is the line up to the caret."""
    space = leading_space(before)
    code = _code_of(before, language)
    if code.endswith(("(", "[", "{")) or (language.colon_opens_block and code.endswith(":")):
        return space + language.indent
    if language.colon_opens_block and re.match(_LEAVES_BLOCK, before) and not _is_open(code):
        return outdented(space, language)
    return space


def outdented(space: str, language: Language) -> str:
    """Remove one level of leading white space; uneven white space goes back to the next lower level."""
    if space.endswith("\t"):
        return space[:-1]
    width = len(language.indent) if language.indent.strip("\t") else 4
    return space[:(len(space) - 1) // width * width] if space else ""


def colon_outdents(line: str, above: Iterable[str], language: Language) -> bool:
    """Whether `line` (such as `else:`), after its colon was typed, belongs one level to the left. `above` goes upward."""
    word = re.match(r"\s+(else|elif|except|finally)\b", line)
    if not language.colon_opens_block or not word:
        return False
    space = leading_space(line)
    for other in above:
        if other.strip() and len(leading_space(other)) <= len(space):
            partner = re.match(rf"\s*(?:async\s+)?({_PARTNERS[word[1]]})\b", other)
            return not (partner and len(leading_space(other)) == len(space))
    return False


def _code_of(line: str, language: Language) -> str:
    """Return a line without strings and comment, for languages whose comments begin with `#`; else the line."""
    if language.comment != "#":  # the pattern below would take "#" in JavaScript or Go for a comment
        return line.rstrip()
    return re.sub(_STRING_OR_COMMENT, lambda found: '""' if found[1] else "", line).rstrip()


def _is_open(code: str) -> bool:
    return sum(map(code.count, "([{")) > sum(map(code.count, ")]}"))
