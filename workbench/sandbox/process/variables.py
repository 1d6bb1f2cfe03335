"""The environment variables of a function that runs as a plain process: Lambda's, with paths translated to this machine.

Lambda's folders do not exist here. Wherever a variable names them, `/var/task` becomes the code's folder, `/opt` the folder
of the merged layers, and `/var/runtime` that of the SDK which the runtime brings. In lists of folders, entries below `/var/lang`,
`/var/runtime` and `/opt` that do not exist are dropped.
PATH has the interpreter's folder in place of Lambda's, unless the function sets PATH itself. AWS SDKs are pointed to where
Lambda's user would have profiles, so that they do not find those of this machine.
Nothing else of the engine's environment gets in: a function must not work only because of a variable on this machine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from workbench.model.lambda_folders import LAYER_ROOT, RUNTIME_ROOT, TASK_ROOT
from workbench.sandbox.process.python_variables import python_variables

_ON_WINDOWS = os.name == "nt"
_PROGRAMS = ("/usr/local/bin", "/usr/bin/", "/bin")
"""The part of Lambda's PATH that exists on other systems, spelled as recorded there."""
_PROFILES = {"AWS_CONFIG_FILE": "/home/sbx_user1051/.aws/config",
             "AWS_SHARED_CREDENTIALS_FILE": "/home/sbx_user1051/.aws/credentials"}
_LISTS = ("PATH", "PYTHONPATH", "NODE_PATH", "RUBYLIB", "GEM_PATH", "LD_LIBRARY_PATH")
_OPTIONS = ("NODE_OPTIONS", "RUBYOPT")
"""Interpreter options, which can contain paths anywhere: --require /opt/hook.js, --import=file:///var/task/hook.mjs."""
_LAMBDA_ONLY = ("/var/lang", RUNTIME_ROOT, LAYER_ROOT)
_NEEDED_ON_WINDOWS = ("SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA")


def process_environment(
    given: Mapping[str, str], own: Mapping[str, str], *,
    code_folder: str, temp_folder: Path, interpreter: str, runtime_folder: Path, opt_path: str = "",
    runtime_path: str = "",
) -> dict[str, str]:
    """All variables of the runtime process.

    `given` is the environment as Lambda would have it, `own` the part that the function's configuration sets. `runtime_path` is
    the folder that replaces /var/runtime (the SDK that the runtime brings); if it is "", lists lose their entries below that.
    """
    there = {TASK_ROOT: code_folder, LAYER_ROOT: opt_path, RUNTIME_ROOT: runtime_path}
    places = {root: place for root, place in there.items() if place}
    variables = {name: _with_local_places(name, value, places) for name, value in given.items()}
    variables |= {"LAMBDA_TASK_ROOT": code_folder, "LAMBDA_RUNTIME_DIR": runtime_path or str(runtime_folder)}
    if "PATH" not in own:
        variables["PATH"] = os.pathsep.join([_path(interpreter), *_below(opt_path, "bin")])
    if "LD_LIBRARY_PATH" not in own:
        variables["LD_LIBRARY_PATH"] = os.pathsep.join(
            [code_folder, os.path.join(code_folder, "lib"), *_below(opt_path, "lib")])
    temporary = ("TEMP", "TMP") if _ON_WINDOWS else ("TMPDIR",)
    needed = {name: str(temp_folder) for name in temporary} | _needed_here() | _PROFILES
    needed |= python_variables(given.get("AWS_EXECUTION_ENV", ""), code_folder)
    # The function's variables win. An empty value of ours means "not set", but the function may set an empty one itself.
    return {name: value for name, value in (needed | variables).items() if value or name in own}


def _below(folder: str, name: str) -> list[str]:
    return [os.path.join(folder, name)] if folder else []


def _with_local_places(name: str, value: str, places: Mapping[str, str]) -> str:
    """The value with Lambda's folders replaced by this machine's; lists lose folders that only Lambda has."""
    if name in _OPTIONS:
        return _in_options(value, places)
    if name not in _LISTS:
        return _local(value, places)
    # On Windows, a value that names none of Lambda's folders is a list of Windows': its colons belong to drive letters.
    is_lambdas = os.pathsep == ":" or any(root in value for root in places)
    entries = [_local(entry, places) for entry in value.split(":")] if is_lambdas else [value]
    return os.pathsep.join(entry for entry in entries if not _is_missing(entry))


def _local(value: str, places: Mapping[str, str]) -> str:
    for root, place in places.items():
        if value == root or value.startswith(root + "/"):
            return place + value.removeprefix(root)
    return value


def _in_options(value: str, places: Mapping[str, str]) -> str:
    pattern = re.compile(rf"""(^|[\s"'=:]|file://|\s-[rI]|^-[rI])({'|'.join(places)})(?=[/\s"']|$)""")

    def led(found: re.Match[str]) -> str:
        return found[1] + places[found[2]]

    return pattern.sub(led, value)


def _is_missing(entry: str) -> bool:
    return entry.startswith(_LAMBDA_ONLY) and not os.path.isdir(entry)


def _path(interpreter: str) -> str:
    first = [os.path.dirname(interpreter)] if interpreter else []
    return os.pathsep.join([*first, *((os.environ.get("PATH", os.defpath),) if _ON_WINDOWS else _PROGRAMS)])


def _needed_here() -> dict[str, str]:
    """The variables without which programs on Windows do not start; none on other systems."""
    names = _NEEDED_ON_WINDOWS if _ON_WINDOWS else ()
    return {name: os.environ[name] for name in names if name in os.environ}
