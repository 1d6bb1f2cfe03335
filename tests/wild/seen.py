"""A function as a reader sees it, in terms that two readers share."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class SeenFunction(msgspec.Struct, frozen=True, kw_only=True):
    """What of a function is compared. `code` is an absolute path, "inline", "image", "elsewhere" or "" for unknown."""

    logical_id: str
    name: str
    runtime: str
    handler: str
    memory_mb: int | str
    timeout_s: int | str
    architecture: str
    code: str
    layers: int
    environment: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    """Environment variables that the reader leaves out because it cannot know them."""
    problems: tuple[str, ...] = ()


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader makes of a template: its functions by logical id, or the sentence by which it refuses it."""

    functions: Mapping[str, SeenFunction] = msgspec.field(default_factory=dict)
    refusal: str = ""
