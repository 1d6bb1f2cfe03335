"""Start debugpy in a function's environment before its module is loaded, and wait until a debugger is attached.

Our own bootstrap imports this module; in containers `usercustomize.py` does. debugpy is in the same folder. WORKBENCH_DEBUGGER
is the address to listen on. The function sees none of the variables and paths that are added here. For Python 3.8 and later.
"""

import os
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_OWN = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # otherwise debugpy writes a warning about frozen modules to the function's log


def start(address: str) -> None:
    """Listen at "host:port" and wait for a debugger. If debugpy cannot be started, say so and let the function run without it."""
    host, _, port = address.rpartition(":")
    place = os.path.dirname(os.path.abspath(__file__))
    before = dict(os.environ)
    os.environ.update({**_OWN, **before})
    sys.path.insert(0, place)
    try:
        _listen(host, int(port))
    except Exception as error:
        sys.stderr.write(f"The debugger could not be started: {error!r}\n")
    finally:
        sys.path.remove(place)
        for name in set(os.environ).difference(before):  # debugpy sets variables of its own as well
            del os.environ[name]


def _listen(host: str, port: int) -> None:
    import debugpy  # type: ignore[import-not-found,unused-ignore]

    debugpy.configure(subProcess=False)
    # Without debugpy's adapter: that is a separate process which would outlive the environment. The engine takes over what is
    # needed of its work (see dap.py).
    debugpy.listen((host, port), in_process_debug_adapter=True)
    sys.modules["pydevd"].add_dap_messages_listener(_Listener(debugpy.wait_for_client))
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_let_go)
    debugpy.wait_for_client()


class _Listener:
    """Ends the wait as soon as a debugger is ready: debugpy only polls, and would miss one that disconnects at once."""

    def __init__(self, waiting: "Any") -> None:
        self._waiting = waiting

    def before_send(self, message: "Mapping[str, Any]") -> None:
        """Watch for the answer after which a debugger is ready. pydevd calls this with each message to the debugger."""
        if message.get("command") == "configurationDone" and message.get("success"):
            with suppress(RuntimeError):  # nothing is waiting yet
                self._waiting.cancel()

    def after_receive(self, message: "Mapping[str, Any]") -> None:
        """Ignore messages from the debugger; pydevd requires the method."""


def _let_go() -> None:
    """Stop tracing in a forked child: it has no thread that talks to the debugger and would stay at a breakpoint forever."""
    import debugpy

    debugpy.trace_this_thread(False)


if "WORKBENCH_DEBUGGER" in os.environ:
    start(os.environ.pop("WORKBENCH_DEBUGGER"))
