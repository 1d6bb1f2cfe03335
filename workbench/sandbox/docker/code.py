"""The folders a container sees as /var/task and /opt: the person's own where Lambda's user can read them, else a copy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import EntrypointInvalid

TASK_ROOT = "/var/task"
LAYER_ROOT = "/opt"


class CodePlaces(msgspec.Struct, frozen=True):
    """Folders of this machine to mount read-only; `layers` is "" without layers, `task` where the code is in the image."""

    task: str = ""
    layers: str = ""


def lay_out(function: FunctionConfiguration, copies: Path, opt_path: str = "") -> CodePlaces:
    """Where the code and the layers (merged already, in `opt_path`) are. Copies, if any are needed, go into `copies`. Blocking.

    Functions in an image have everything in there. Raises SandboxError when a folder can not be read.
    """
    if function.image is not None:
        return CodePlaces()
    try:
        task = _readable(Path(function.code_path), copies / "task")
        layers = _readable(Path(opt_path), copies / "layers") if opt_path else ""
    except OSError as error:
        message = f"The code of {function.name} can not be read: {error}."
        raise SandboxError(message, "Check the folder and its permissions.") from error
    return CodePlaces(str(task), str(layers))


def only_layer(function: FunctionConfiguration) -> str:
    """The folder of a function's one layer, which needs no merging with others; "" for none or several."""
    layers = [layer for layer in function.layers if os.path.isabs(layer) and os.path.isdir(layer)]
    return layers[0] if len(layers) == 1 else ""


def unreadable_by_others(folder: Path) -> Path | None:
    """The first entry that Lambda's user could not read, looked for in the folder itself and its first level."""
    if os.name != "posix":
        return None
    if folder.stat().st_mode & 0o005 != 0o005:
        return folder
    with os.scandir(folder) as entries:
        for entry in entries:
            needed = 0o005 if entry.is_dir() else 0o004
            if not entry.is_symlink() and entry.stat().st_mode & needed != needed:
                return Path(entry.path)
    return None


def _readable(folder: Path, target: Path) -> Path:
    """The folder, or a copy of it that everybody can read. Raises OSError."""
    if unreadable_by_others(folder) is None:
        return folder
    shutil.copytree(folder, target, symlinks=True)
    target.chmod(0o755)
    for root, directories, files in os.walk(target):
        for name in (*directories, *files):
            _make_readable(Path(root, name))
    return target


def _make_readable(path: Path) -> None:
    """As in a deployment package: everybody reads it, and executes what its owner executes."""
    if path.is_symlink():
        return
    mode = path.stat().st_mode
    path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))


def bootstrap_path(function: FunctionConfiguration, opt_path: str = "") -> str:
    """Where an OS-only runtime starts: the package's `bootstrap`, else a layer's. Blocking.

    Raises EntrypointInvalid in Lambda's words when there is none or it may not be executed.
    """
    places = [(Path(function.code_path), TASK_ROOT), *([(Path(opt_path), LAYER_ROOT)] if opt_path else [])]
    for folder, root in places:
        bootstrap = folder / "bootstrap"
        if not bootstrap.is_file():
            continue
        if os.name == "posix" and not bootstrap.stat().st_mode & 0o111:
            raise EntrypointInvalid(f"fork/exec {root}/bootstrap: permission denied",
                                    f"Make it executable: chmod 755 {bootstrap}")
        return f"{root}/bootstrap"
    raise EntrypointInvalid("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
                            f"Put an executable file called bootstrap into {function.code_path}.")
