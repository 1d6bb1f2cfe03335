"""Runs in a function's environment before its module is loaded: starts debugpy and waits until a debugger is attached.

Our own bootstrap imports it, in containers `usercustomize.py` does; debugpy lies beside it. WORKBENCH_DEBUGGER says where to
listen. What it adds to variables and path is gone when the function sees them. Python 3.8 and later.
"""

import os
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_OWN = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # else debugpy warns of frozen modules in the function's log


def start(address: str) -> None:
    """Listen at "host:port" and wait. Without a debugger of any use the function runs as it would."""
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
        for name in set(os.environ).difference(before):  # debugpy sets some as well
            del os.environ[name]


def _listen(host: str, port: int) -> None:
    import debugpy  # type: ignore[import-not-found,unused-ignore]

    debugpy.configure(subProcess=False)
    # Without the adapter, a process of its own that would outlive the environment: the engine does for it what is needed.
    debugpy.listen((host, port), in_process_debug_adapter=True)
    sys.modules["pydevd"].add_dap_messages_listener(_Listener(debugpy.wait_for_client))
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_let_go)
    debugpy.wait_for_client()


class _Listener:
    """Ends the wait when a debugger is ready: debugpy looks only now and then, and misses one that leaves at once."""

    def __init__(self, waiting: "Any") -> None:
        self._waiting = waiting

    def before_send(self, message: "Mapping[str, Any]") -> None:
        """A message to the debugger."""
        if message.get("command") == "configurationDone" and message.get("success"):
            with suppress(RuntimeError):  # nobody waits yet
                self._waiting.cancel()

    def after_receive(self, message: "Mapping[str, Any]") -> None:
        """A message from the debugger."""


def _let_go() -> None:
    """A forked child has no thread that talks to the debugger: at a breakpoint it would stand for ever."""
    import debugpy

    debugpy.trace_this_thread(False)


if "WORKBENCH_DEBUGGER" in os.environ:
    start(os.environ.pop("WORKBENCH_DEBUGGER"))
