"""Which interpreters the conformance matrix finds on this machine."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.support.nodes import NotInstalled, aws_client, generations
from tests.support.pythons import other_pythons


def node_24() -> Path | None:
    """A Node.js new enough for handlers without callbacks, fetched where npm can; None without."""
    for generation in generations():
        if generation.name == "promises":
            try:
                return Path(aws_client(generation)[0])
            except NotInstalled:
                return None
    return None


def missing(runtime: str) -> str:
    """Why the process sandbox cannot run this runtime's version here, "" when it can."""
    program = {"nodejs20.x": "node", "ruby3.3": "ruby", "provided.al2023": "bash"}.get(runtime)
    if runtime == "nodejs24.x":
        return "" if node_24() else "Node.js 24 is not installed"
    if program is not None:
        return "" if shutil.which(program) else f"{program} is not installed"
    return "" if runtime.removeprefix("python") in _python_versions() else f"{runtime} is not installed"


def _python_versions() -> set[str]:
    others = {".".join(path.parents[1].name.split(".")[:2]) for path in other_pythons()}
    return others | {f"{sys.version_info.major}.{sys.version_info.minor}"}
