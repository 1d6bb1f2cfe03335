"""Start the debugger in a container before AWS's runtime client, which gives us no other hook.

PYTHONUSERBASE points to the folder that this one is mounted into, and Python imports a module of this name from there at every
start (Python's manual, module `site`). It first undoes both, so that the function and its child processes see no trace of it.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def leave_no_trace() -> None:
    """Restore the variables, the module table and the import path."""
    os.environ.pop("PYTHONUSERBASE", None)
    del sys.modules["usercustomize"]
    here = os.path.dirname(__file__)
    while here in sys.path:
        sys.path.remove(here)
    site: Any = sys.modules["site"]
    site.USER_BASE = site.USER_SITE = None


def start_debugger() -> None:
    """Import the debugger's hook from this folder, which is on the import path only meanwhile."""
    here = os.path.dirname(__file__)
    sys.path.insert(0, here)
    try:
        import workbench_debugger  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
    finally:
        sys.path.remove(here)


leave_no_trace()
start_debugger()
