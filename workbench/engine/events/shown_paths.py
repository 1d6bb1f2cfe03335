"""Replaces paths of the cache in log lines and error documents with those that people know, and real credentials with a mask.

A process runs from a stage or an unpacked package if its folder is not exactly what would be deployed. A person who reads a stack
trace wants the file to correct: their own if there is one, otherwise the path that it has on Lambda.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import msgspec

if TYPE_CHECKING:
    from workbench.model.secret_texts import SecretTexts

_SEPARATOR = r"[/\\]" if os.sep == "\\" else "/"
"""Outside of Windows, a backslash begins an escaped character of JSON and so ends a path."""
_REST = rf"""((?:{_SEPARATOR}+[^\s"'<>|:,)\]\\/]+)*)"""
"""What follows the root of a package in a text, up to the first character that is unlikely in a path there."""


MASK = "****"
"""What stands in the place of a secret."""


class PathPair(msgspec.Struct, frozen=True):
    """A folder of this machine, its path on Lambda, and the person's folder that it was made from ("" for none)."""

    folder: str
    on_lambda: str
    source: str = ""


class ShownPaths:
    """Replaces paths of the cache with those that people know, and secrets with a mask."""

    def __init__(self, pairs: Sequence[PathPair] = ()) -> None:
        self._places: dict[str, tuple[str, str]] = {}
        for pair in pairs:
            # Runtimes print resolved paths, and paths stand in JSON documents and in file URLs too (Node.js).
            for folder in {pair.folder, os.path.realpath(pair.folder)}:
                for form in (str, _in_json, quote):
                    self._places.setdefault(form(folder), (form(pair.source), form(pair.on_lambda)))
        # The longest first: of two folders, one inside the other, the inner one must match.
        roots = "|".join(re.escape(root) for root in sorted(self._places, key=len, reverse=True))
        self._pattern = re.compile(f"({roots}){_REST}") if roots else None
        self._marks = tuple(self._places)
        self._secrets: tuple[str, ...] = ()
        self._secret_texts: SecretTexts | None = None

    def hide(self, secrets: Sequence[str]) -> None:
        """Mask these as well from now on."""
        from workbench.model.secret_texts import SecretTexts  # here, because few functions have real credentials

        values = tuple(dict.fromkeys((*self._secrets, *secrets)))
        if values != self._secrets:
            self._secrets, self._secret_texts = values, SecretTexts(values, MASK)

    def masked(self, text: str) -> str:
        """Return a text with its secrets masked and its paths as they are."""
        return text if self._secret_texts is None else self._secret_texts.masked(text)

    def text(self, text: str) -> str:
        """Return a log line with its paths replaced. Costs a microsecond if there is nothing to replace."""
        text = self.masked(text)
        if self._pattern is None or not any(mark in text for mark in self._marks):
            return text
        return self._pattern.sub(self._shown, text)

    def texts(self, texts: Sequence[str]) -> Sequence[str]:
        """Return log lines with their paths replaced."""
        return texts if self._replaces_nothing else [self.text(text) for text in texts]

    def body(self, body: bytes) -> bytes:
        """Return an error's document with its paths replaced; one that is not UTF-8 stays as it is."""
        if self._replaces_nothing:
            return body
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return body
        return self.text(text).encode()

    @property
    def _replaces_nothing(self) -> bool:
        return self._pattern is None and self._secret_texts is None

    def _shown(self, match: re.Match[str]) -> str:
        source, on_lambda = self._places[match[1]]
        rest = match[2].rstrip(".")  # a dot at the end belongs to the sentence
        own = source + rest
        is_own = source and (os.path.exists(own) or os.path.exists(unquote(own)))
        return (own if is_own else on_lambda + rest.replace("\\", "/")) + match[2][len(rest):]


def _in_json(path: str) -> str:
    return json.dumps(path)[1:-1]
