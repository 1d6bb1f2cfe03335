"""What is found of functions, of what the API made of them, and of saved files, as facts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from workbench.client.api import EngineClient
from workbench.model.failures import InvalidInput
from workbench.model.function import FunctionConfiguration
from workbench.state.invocation_file import SUFFIX, opened

FUNCTION = "Function"
"""The one that each workspace begins with."""
MADE = re.compile(r"Made(\d+)[AB]")
"""Those that are made then."""
SAVED = "saved"
"""The folder of files that were saved."""
LOG_FILE, INVOCATION_FILE = "window.log", f"one{SUFFIX}"


def functions_found(functions: Sequence[FunctionConfiguration]) -> dict[str, object]:
    """The facts of functions that were made: the number in a name stays, whatever it is renamed to."""
    found = {match[1]: each for each in functions if (match := MADE.fullmatch(each.logical_id))}
    return {f"function {number}": each.logical_id if _has_code(each) else f"{each.logical_id} without its code"
            for number, each in found.items()}


def _has_code(function: FunctionConfiguration) -> bool:
    folder = Path(function.code_path)
    return folder.is_dir() and any(path.is_file() and path.stat().st_size for path in folder.iterdir())


async def in_force_found(client: EngineClient) -> dict[str, object]:
    """The facts of what is in force of the function, and whether the API has changed it."""
    in_force_s = next(each.timeout_s for each in await client.refresh() if each.name == FUNCTION)
    overridden = [each for each in await client.template.overrides(FUNCTION) if each.property == "Timeout"]
    return {"timeout in force": in_force_s, "timeout overridden": bool(overridden)}


async def versions_found(client: EngineClient) -> dict[str, object]:
    """The facts of versions, by their descriptions, and of the alias."""
    calls = client.versions
    published = [each for each in await calls.versions(FUNCTION) if not each.is_latest]
    return {**{f"version {each.description}": each.version for each in published},
            **{f"alias {each.name}": each.function_version for each in await calls.aliases(FUNCTION)}}


def files_found(root: Path) -> dict[str, object]:
    """The facts of these files: the digest of the log, the request in the other one."""
    log, one = root / SAVED / LOG_FILE, root / SAVED / INVOCATION_FILE
    return {**({"log file": digest_of(log.read_bytes())} if log.exists() else {}),
            **({"invocation file": _request_in(one)} if one.exists() else {})}


def digest_of(content: bytes) -> str:
    """The digest of a file's content."""
    return hashlib.sha256(content).hexdigest()[:16]


def _request_in(path: Path) -> str:
    try:
        return opened(path.read_bytes()).invocation.request_id
    except InvalidInput as error:
        return error.message
