"""Python's own `import` in place of the one that PySide puts there."""

from __future__ import annotations

import builtins

import PySide6.QtCore  # noqa: F401  (puts its own there, and keeps Python's as `__orig_import__`)


def use_plain_imports() -> None:
    """Import as Python does from now on.

    PySide's way looks for `from __feature__ import …`, which we do not use: it reads and keeps the source of every module that
    is imported for the first time. That takes a tenth of the window's start, and memory. Without it there is nothing to do.
    """
    plain = getattr(builtins, "__orig_import__", None)
    if plain is not None:
        builtins.__import__ = plain
