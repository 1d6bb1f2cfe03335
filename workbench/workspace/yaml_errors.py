"""Explains what is wrong with a YAML file in plain words: where, why, and what to do."""

from __future__ import annotations

from pathlib import Path

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from workbench.model.failures import WorkspaceError

_REASONS = (
    (r"'\t' that cannot start any token", "there is a tab where only spaces are allowed", "Indent with spaces."),
    ("mapping values are not allowed", "a colon is out of place, or this line is indented too far",
     "Check the indentation, and put texts that contain “: ” in quotes."),
    ("could not find expected ':'", "a key has no colon after it", "Write key: value, or indent the text below its key."),
    ("expected <block end>", "the indentation does not match the lines above",
     "Align this line with the lines it belongs to."),
    ("did not find expected key", "the indentation does not match the lines above",
     "Align this line with the lines it belongs to."),
    ("expected ',' or", "a bracket or brace opened above is not closed, or a comma is missing", "Complete the list or map."),
    ("unexpected end of stream", "a quote opened above is never closed", "Add the missing quote."),
    ("found undefined tag handle", "the tag is not known", "Use !Ref, !Sub, !GetAtt and the other tags of CloudFormation."),
    ("that cannot start any token", "a text begins with a character that has a meaning in YAML", "Put the text in quotes."),
)


def broken(path: Path, line: int, column: int, reason: str, hint: str) -> WorkspaceError:
    """Return the error for a place in a file; `line` and `column` count from 0, as in YAML marks, but are shown from 1."""
    return WorkspaceError(f"{path.name}, line {line + 1}, column {column + 1}: {reason}.", hint)


def syntax_error(path: Path, text: str, error: YAMLError) -> WorkspaceError:
    """Put the parser's error into plain words; an error that is not known keeps the parser's own words."""
    if isinstance(error, ReaderError):
        return _unprintable(path, text, error)
    if not isinstance(error, MarkedYAMLError) or (error.problem_mark or error.context_mark) is None:
        return WorkspaceError(f"{path.name} is not well-formed YAML: {error}.", "Correct the file.")
    mark = error.problem_mark or error.context_mark
    reason, hint = _explain(error)
    return broken(path, mark.line, mark.column, reason, hint)


def _explain(error: MarkedYAMLError) -> tuple[str, str]:
    said = f"{error.problem or ''} {error.context or ''}"
    for pattern, reason, hint in _REASONS:
        if pattern in said:
            return reason, hint
    return (error.problem or error.context or "the text is not well-formed YAML").rstrip("."), "Correct the line."


def _unprintable(path: Path, text: str, error: ReaderError) -> WorkspaceError:
    position = int(error.position)
    line = text.count("\n", 0, position)
    column = position - (text.rfind("\n", 0, position) + 1)
    return broken(path, line, column, "there is a control character, which YAML does not allow", "Delete the character.")
