"""The labels of our containers and volumes: whose they are, so that another engine can remove what a dead one has left."""

from __future__ import annotations

import os
import platform

import psutil

from workbench.storage.processes import begun_s

PAUSE_LABEL = "workbench.holder"
"""Marks a pause container, which only holds a network and /tmp and in which no function runs.

The text stays as it is: engines of older versions recognize by it what they have left behind.
"""

LOOK_LABEL = "workbench.look"
"""Marks a container that is never started: the files of its image are looked at in it."""

_BEGUN = "workbench.begun"
_PIDS = "workbench.pids"
"""The namespace that an engine's process ID belongs to: in a sandbox (Flatpak, bubblewrap), the same ID is another process."""


def engine_labels(engine_id: str) -> dict[str, str]:
    """Identify the engine that made a container, well enough to tell later whether it is still alive."""
    return {
        "workbench.engine": engine_id,
        "workbench.pid": str(os.getpid()),
        # For people only; a time of day moves when the clock is set, so `owner_is_dead` compares _BEGUN, the kernel's count.
        "workbench.started": str(int(psutil.Process().create_time())),
        _BEGUN: str(int(begun_s(os.getpid()))),
        _PIDS: _namespace(),
        "workbench.host": platform.node(),
    }


def volume_prefix(engine_id: str) -> str:
    """How the names of an engine's volumes begin. Not only by label: a Docker that is stopping creates some without labels."""
    return f"workbench-tmp-{engine_id}-"


def owner_is_dead(labels: dict[str, str]) -> bool:
    """Whether the engine that made this container is known to be dead: it ran on this host, and its process has ended.

    What cannot be learned now gets the benefit of the doubt: containers of an engine that lives must not go.
    """
    if labels.get("workbench.host") != platform.node() or not labels.get("workbench.pid", "").isdigit():
        return False
    if labels.get(_PIDS, _namespace()) != _namespace():
        return False
    try:
        begun = int(begun_s(int(labels["workbench.pid"])))
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False
    # The process ID may have been reused since. Labels without a start mark get the benefit of the doubt: that engine may live.
    return abs(begun - int(labels.get(_BEGUN, begun))) > 2


def _namespace() -> str:
    """The namespace of process IDs that we are in, "" where there is none."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
