"""`workbench allow`: which folders, addresses and network a function may use in the isolated sandbox."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.cli.function_argument import function_named
from workbench.cli.invoke import engine_of
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.model.allowances import WORKSPACE, Allowance, allowed_for, normal_address
from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.workspace.locating.options import Options


class AllowOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the person asked for.

    `function` is "" for the whole workspace, `network` None to leave it as it is. `withdraw` takes back what is named, or
    everything when nothing is.
    """

    workspace: Path
    function: str = ""
    folders: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    network: bool | None = None
    withdraw: bool = False
    as_json: bool = False
    choices: Options = Options()

    def changed(self, before: Allowance) -> Allowance:
        """The allowance that results from applying these options to `before`."""
        named = Allowance(folders=tuple(os.path.abspath(os.path.expanduser(folder)) for folder in self.folders),
                          addresses=tuple(normal_address(one) or one for one in self.addresses))
        if self.withdraw and not named.names and self.network is None:
            return Allowance()
        after = before if not named.names else before.removing(named) if self.withdraw else before.adding(named)
        network = before.network if self.network is None else self.network
        return msgspec.structs.replace(after, network=network)


def run_allow(options: AllowOptions) -> int:
    """Apply the changes, if any, and print what is allowed. Returns exit status 0; raises WorkbenchError."""
    return run(_run(options))


async def _run(options: AllowOptions) -> int:
    async with engine_of(options.workspace, options.choices) as client:
        functions = await client.refresh()
        function = _function(options.function, functions) if options.function else None
        says = options.withdraw or options.folders or options.addresses or options.network is not None
        if function is None and (options.folders or options.addresses):
            raise InvalidInput("No function is named.", "Name the one it is for: workbench allow FUNCTION --folder PATH.")
        allowed, key = await client.allowed(), function.logical_id if function else WORKSPACE
        if says:
            await client.allow(function.name if function else WORKSPACE, options.changed(allowed_for(allowed, key)))
            allowed = await client.allowed()
    shown = allowed if function is None else {key: allowed_for(allowed, key)}
    if options.as_json:
        write_json(msgspec.json.encode(shown))
    else:
        sys.stdout.write(words(shown))
    return 0


def words(allowed: Mapping[str, Allowance]) -> str:
    """Format allowances for the terminal."""
    named = (("All other functions" if key == WORKSPACE else key, allowance) for key, allowance in allowed.items())
    lines = [line for name, allowance in named for line in (name, *_lines(allowance))]
    return "\n".join(lines or ["Nothing is allowed: in the isolated sandbox, functions have only what Lambda gives them."]) + "\n"


def _lines(allowance: Allowance) -> list[str]:
    lines = [f"  folder   {folder} (read-only)" for folder in allowance.folders]
    lines += [f"  address  {address}" for address in allowance.addresses]
    lines += [] if allowance.network else ["  no network"]
    return lines or ["  nothing beyond Lambda's world"]


def _function(asked: str, functions: Sequence[FunctionConfiguration]) -> FunctionConfiguration:
    function = function_named(asked, functions)
    if function is None:
        names = ", ".join(one.name for one in functions)
        raise WorkspaceError(f"There is no function {asked}.", f"This workspace has: {names or 'no functions yet'}.")
    return function
