"""Finds which images are on this machine, for the doctor; no invocation depends on it."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.sandbox.docker.engine import connect, find_engine


def local_images(names: Iterable[str]) -> frozenset[str]:
    """Return those of the images that are here. Blocking, for a thread. Raises SandboxUnavailable if no engine answers."""
    from docker.errors import ImageNotFound

    client = connect(find_engine().endpoint)
    try:
        found = set()
        for name in names:
            try:
                client.inspect_image(name)
            except ImageNotFound:
                continue
            found.add(name)
        return frozenset(found)
    finally:
        client.close()
