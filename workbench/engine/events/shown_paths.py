"""Paths of the cache as people know them: in log lines and error documents of functions that run from it.

A process runs from a stage or an unpacked package where its folder is not exactly what would be deployed. Whoever reads a stack
trace wants the file to correct: the person's own where it is one, else the path that it has on Lambda.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from urllib.parse import quote, unquote

import msgspec

_SEPARATOR = r"[/\\]" if os.sep == "\\" else "/"
"""A backslash elsewhere begins an escaped character of JSON: the end of a line."""
_REST = rf"""((?:{_SEPARATOR}+[^\s"'<>|:,)\]\\/]+)*)"""
"""What follows the root of a package in a text, up to what cannot be of a path there."""


class PathPair(msgspec.Struct, frozen=True):
    """A folder of this machine with what it is on Lambda, and the person's folder that it was made of ("" for none)."""

    folder: str
    on_lambda: str
    source: str = ""


class ShownPaths:
    """Puts the paths that people know in place of those that they do not."""

    def __init__(self, pairs: Sequence[PathPair] = ()) -> None:
        self._places: dict[str, tuple[str, str]] = {}
        for pair in pairs:
            for folder in {pair.folder, os.path.realpath(pair.folder)}:
                for form in (str, _in_json, quote):
                    self._places.setdefault(form(folder), (form(pair.source), form(pair.on_lambda)))
        roots = "|".join(re.escape(root) for root in sorted(self._places, key=len, reverse=True))
        self._pattern = re.compile(f"({roots}){_REST}") if roots else None
        self._marks = tuple(self._places)

    def text(self, text: str) -> str:
        """A log line. Costs a microsecond where there is nothing to put right."""
        if self._pattern is None or not any(mark in text for mark in self._marks):
            return text
        return self._pattern.sub(self._shown, text)

    def texts(self, texts: Sequence[str]) -> Sequence[str]:
        """Many log lines."""
        return texts if self._pattern is None else [self.text(text) for text in texts]

    def body(self, body: bytes) -> bytes:
        """An error's document. What is no UTF-8 stays."""
        if self._pattern is None:
            return body
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return body
        return self.text(text).encode()

    def _shown(self, match: re.Match[str]) -> str:
        source, on_lambda = self._places[match[1]]
        rest = match[2].rstrip(".")
        own = source + rest
        is_own = source and (os.path.exists(own) or os.path.exists(unquote(own)))
        return (own if is_own else on_lambda + rest.replace("\\", "/")) + match[2][len(rest):]


def _in_json(path: str) -> str:
    return json.dumps(path)[1:-1]
