"""The environment variables of a function that runs as a plain process: Lambda's, with its paths made true on this machine.

Lambda's folders do not exist here. `/var/task` becomes the code's folder wherever a variable names it, `/opt` the folder
of the merged layers, `/var/runtime` that of the SDK which the runtime brings; entries below `/var/lang`, `/var/runtime` and
`/opt` that are not there are dropped from lists of folders.
PATH has the interpreter's folder in place of Lambda's; a PATH that the function sets itself is kept. SDKs are led to where
Lambda's user would have AWS profiles, so that those of this machine are not found.
Nothing else of the engine's own environment gets in: a variable that is set on this machine only must not make a function work.
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
"""What of Lambda's PATH there is on other systems, to the letter of the recorded value."""
_PROFILES = {"AWS_CONFIG_FILE": "/home/sbx_user1051/.aws/config",
             "AWS_SHARED_CREDENTIALS_FILE": "/home/sbx_user1051/.aws/credentials"}
_LISTS = ("PATH", "PYTHONPATH", "NODE_PATH", "RUBYLIB", "GEM_PATH", "LD_LIBRARY_PATH")
_OPTIONS = ("NODE_OPTIONS", "RUBYOPT")
"""Options of interpreters: paths stand anywhere in them, as in --require /opt/hook.js or --import=file:///var/task/hook.mjs."""
_LAMBDA_ONLY = ("/var/lang", RUNTIME_ROOT, LAYER_ROOT)
_NEEDED_ON_WINDOWS = ("SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA")


def process_environment(
    given: Mapping[str, str], own: Mapping[str, str], *,
    code_folder: str, temp_folder: Path, interpreter: str, runtime_folder: Path, opt_path: str = "",
    runtime_path: str = "",
) -> dict[str, str]:
    """All variables of the runtime process.

    `given` is the environment as Lambda would have it, `own` what the function's configuration sets of it. `runtime_path` is the
    folder that stands for /var/runtime: the SDK that the runtime brings. Without it, what is to be there is left out of lists.
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
    return {name: value for name, value in (needed | variables).items() if value or name in own}


def _below(folder: str, name: str) -> list[str]:
    return [os.path.join(folder, name)] if folder else []


def _with_local_places(name: str, value: str, places: Mapping[str, str]) -> str:
    """The value with Lambda's folders made those of this machine, and folders of Lambda alone dropped from lists."""
    if name in _OPTIONS:
        return _in_options(value, places)
    if name not in _LISTS:
        return _local(value, places)
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
    """Without these Windows programs do not start; elsewhere nothing is needed."""
    names = _NEEDED_ON_WINDOWS if _ON_WINDOWS else ()
    return {name: os.environ[name] for name in names if name in os.environ}
