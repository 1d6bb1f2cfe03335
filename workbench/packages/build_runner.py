"""How programs that build packages are run: as ordinary processes, or isolated with access only to what they need.

The isolation is implemented in `sandbox` and passed in by `cli`, because packages and sandboxes may not import each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from workbench.packages.build_home import BuildHome
from workbench.packages.package_manager import LineHandler, ToolEnd, run_tool
from workbench.packages.store import Store


class BuildIsolation(Protocol):
    """Wraps commands so that they run with access to the given folders only. Builds with the same `home_key` share a home."""

    home_key: str

    def isolated(self, command: Sequence[str], *, folder: Path, home: Path, variables: Mapping[str, str],
                 readable: Sequence[Path], writable: Sequence[Path]) -> Sequence[str]:
        """The wrapped command line. `folder` is the working directory. Programs on PATH in `variables` are visible. Blocks."""


class BuildRunner(Protocol):
    """Runs the programs of builds; see `run_tool`."""

    async def run(self, command: Sequence[str], *, folder: Path, variables: Mapping[str, str], line: LineHandler,
                  readable: Sequence[Path] = (), writable: Sequence[Path] = ()) -> ToolEnd:
        """Run to the end. Cancelling kills the program and everything it started. Raises SandboxError if it cannot start.

        `readable` and `writable` are folders that it needs besides `folder`.
        """


class PlainRunner:
    """Runs programs as ordinary processes with the person's rights."""

    async def run(self, command: Sequence[str], *, folder: Path, variables: Mapping[str, str], line: LineHandler,
                  readable: Sequence[Path] = (), writable: Sequence[Path] = ()) -> ToolEnd:
        """See BuildRunner. `readable` and `writable` have no effect here."""
        del readable, writable
        return await run_tool(command, folder=folder, variables=variables, line=line)


class IsolatedRunner:
    """Runs programs with access to the folders that they need and to nothing else of the person's."""

    def __init__(self, isolation: BuildIsolation, store: Store) -> None:
        self._isolation = isolation
        self._home = BuildHome(store, isolation.home_key)

    async def run(self, command: Sequence[str], *, folder: Path, variables: Mapping[str, str], line: LineHandler,
                  readable: Sequence[Path] = (), writable: Sequence[Path] = ()) -> ToolEnd:
        """See BuildRunner."""
        async with self._home.lent() as home:
            whole = await asyncio.to_thread(self._isolation.isolated, command, folder=folder, home=home, variables=variables,
                                            readable=readable, writable=writable)
            return await run_tool(whole, folder=folder, variables=variables, line=line)
