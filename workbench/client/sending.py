"""How the parts of a client reach its engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[..., Awaitable[tuple[Any, bytes]]]
"""Sends a request, given its method and path, and returns headers and body. Raises ServiceError and EngineError."""
