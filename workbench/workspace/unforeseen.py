"""Unforeseen failures while reading: whatever a template contains, it must not stop the program."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from workbench.model.failures import WorkbenchError, WorkspaceError

_log = logging.getLogger(__name__)


@contextmanager
def told_as_the_templates(name: str) -> Iterator[None]:
    """Turn any exception raised while reading into a WorkspaceError; one that is not ours is logged with its traceback."""
    try:
        yield
    except WorkbenchError:
        raise
    except Exception as failure:
        _log.exception("The template of %s cannot be read", name)
        raise WorkspaceError(f"The template of {name} cannot be read: {type(failure).__name__}: {str(failure)[:200]}.",
                             "Look for an unusual value. This is a bug: the message should have named it.") from failure
