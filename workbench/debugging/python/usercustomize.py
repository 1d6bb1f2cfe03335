"""Runs in a container before AWS's runtime client, because PYTHONUSERBASE names the folder that this one is mounted into.

Python imports a module of this name at every start (Python's manual, module `site`). It takes out what made that happen, so that
the function and its child processes have none of it, and starts the debugger.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def leave_no_trace() -> None:
    """Give variables and path what they would have without us."""
    os.environ.pop("PYTHONUSERBASE", None)
    del sys.modules["usercustomize"]
    here = os.path.dirname(__file__)
    while here in sys.path:
        sys.path.remove(here)
    site: Any = sys.modules["site"]
    site.USER_BASE = site.USER_SITE = None


def start_debugger() -> None:
    """Import it from beside this file."""
    here = os.path.dirname(__file__)
    sys.path.insert(0, here)
    try:
        import workbench_debugger  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
    finally:
        sys.path.remove(here)


leave_no_trace()
start_debugger()
