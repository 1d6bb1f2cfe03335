"""The folders a container sees as /var/task and /opt: the person's own where Lambda's user can read them, else a copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
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
    """Where the code and the merged layers are. Copies, if any are needed, go into the folder `copies`. Blocking.

    `opt_path` holds the merged layers already. Without it the local ones are merged here, in their order, later ones over
    earlier ones. Source: Lambda guide, "Packaging your layer content". Functions in an image have everything in there.
    Raises SandboxError when a folder can not be read.
    """
    if function.image is not None:
        return CodePlaces()
    task = Path(function.code_path)
    layers = _layers(function, opt_path)
    try:
        if unreadable_by_others(task) is not None:
            task = readable_copy([task], copies / "task")
        if len(layers) > 1 or any(unreadable_by_others(layer) for layer in layers):
            layers = [readable_copy(layers, copies / "layers")]
    except OSError as error:
        message = f"The code of {function.name} can not be read: {error}."
        raise SandboxError(message, "Check the folder and its permissions.") from error
    return CodePlaces(str(task), str(layers[0]) if layers else "")


def _layers(function: FunctionConfiguration, opt_path: str) -> list[Path]:
    return [Path(opt_path)] if opt_path else local_layers(function)


def local_layers(function: FunctionConfiguration) -> list[Path]:
    """The layers that are folders of this machine (the others are ARNs)."""
    return [Path(layer) for layer in function.layers if Path(layer).is_absolute() and Path(layer).is_dir()]


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


def readable_copy(folders: Sequence[Path], target: Path) -> Path:
    """Copy the folders over each other into `target`, readable by everybody. Blocking."""
    for folder in folders:
        shutil.copytree(folder, target, symlinks=True, dirs_exist_ok=True)
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
    places = [(Path(function.code_path), TASK_ROOT), *((layer, LAYER_ROOT) for layer in reversed(_layers(function, opt_path)))]
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
