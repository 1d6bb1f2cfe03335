"""Failures of reading that nobody foresaw: what a person brings may trip us, and must not stop anything."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from workbench.model.failures import WorkbenchError, WorkspaceError

_log = logging.getLogger(__name__)


@contextmanager
def told_as_the_templates(name: str) -> Iterator[None]:
    """Raise WorkspaceError for whatever reading raised; what is no error of ours is logged with its traceback."""
    try:
        yield
    except WorkbenchError:
        raise
    except Exception as failure:
        _log.exception("The template of %s cannot be read", name)
        raise WorkspaceError(f"The template of {name} cannot be read: {type(failure).__name__}: {str(failure)[:200]}.",
                             "Look for a value that is unusual; this should have been said better.") from failure
