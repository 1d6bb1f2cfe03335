"""How programs that build packages are run: as any process of this machine, or with only what they need of it in sight.

The isolation comes from a sandbox of this machine and is given at composition: rooms beside each other do not know each other.
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
    """Makes of a command one that runs it with nothing but these folders. Builds with the same `home_key` share a home."""

    home_key: str

    def isolated(self, command: Sequence[str], *, folder: Path, home: Path, variables: Mapping[str, str],
                 readable: Sequence[Path], writable: Sequence[Path]) -> Sequence[str]:
        """The command line. `folder` is where it runs; programs that `variables` (PATH) lead to are in sight. Blocks briefly."""


class BuildRunner(Protocol):
    """Runs a program of a build; see `run_tool`."""

    async def run(self, command: Sequence[str], *, folder: Path, variables: Mapping[str, str], line: LineHandler,
                  readable: Sequence[Path] = (), writable: Sequence[Path] = ()) -> ToolEnd:
        """How it ended. Cancelling kills it with all it started. Raises SandboxError when it cannot be started."""


class PlainRunner:
    """As a process that may do what the person may."""

    async def run(self, command: Sequence[str], *, folder: Path, variables: Mapping[str, str], line: LineHandler,
                  readable: Sequence[Path] = (), writable: Sequence[Path] = ()) -> ToolEnd:
        """See BuildRunner; `readable` and `writable` bound nothing here."""
        del readable, writable
        return await run_tool(command, folder=folder, variables=variables, line=line)


class IsolatedRunner:
    """With the folders in sight that it needs, and nothing else of the person's."""

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
