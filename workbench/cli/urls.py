"""`workbench urls`: where the running engine of a workspace serves function URLs."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import msgspec

from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.client.engine_process import attach
from workbench.model.failures import EngineError, InvalidInput
from workbench.model.function_urls import FunctionUrlInfo
from workbench.model.shown import shown
from workbench.workspace.state_directory import state_directory


def show_urls(workspace: Path, function: str, *, opens: bool, as_json: bool) -> int:
    """Print the URLs, of one function or all with "", and open the first one in the browser if asked to. Returns exit status 0.

    Raises EngineError without a running engine, whose port is a part of every URL; InvalidInput if there is nothing to open.
    """
    found = run(_urls(workspace, function))
    if opens:
        if not found:
            raise InvalidInput(f"{function or 'This workspace'} has no function URL.",
                               "FunctionUrlConfig in the template makes one.")
        webbrowser.open(found[0].url)
    if as_json:
        write_json(msgspec.json.encode(found))
    else:
        sys.stdout.write(shown(words(found)))
    return 0


async def _urls(workspace: Path, function: str) -> list[FunctionUrlInfo]:
    client = await attach(state_directory(workspace))
    if client is None:
        raise EngineError("No engine serves this workspace, and so no function URL.", "workbench serve or the window starts one.")
    async with client:
        return await client.versions.function_urls(function)


def words(found: Sequence[FunctionUrlInfo]) -> str:
    """Return the URLs as text: for browsers, then for programs."""
    lines = [line for each in found for line in (
        f"{':'.join(filter(None, (each.function, each.alias)))}  {each.auth_type}, {each.invoke_mode}",
        f"  browser, curl  {each.url}", f"  programs       {each.program_url}")]
    return "\n".join(lines or ["There is no function URL."]) + "\n"
