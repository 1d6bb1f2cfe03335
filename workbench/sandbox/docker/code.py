"""The folders that a container sees as /var/task and /opt, and what an OS-only runtime starts in them."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_folders import LAYER_ROOT, TASK_ROOT
from workbench.sandbox.protocol import EntrypointInvalid


class CodePlaces(msgspec.Struct, frozen=True):
    """Folders of this machine to mount read-only. `layers` is "" without layers, `task` is "" if the code is in the image."""

    task: str = ""
    layers: str = ""


def lay_out(function: FunctionConfiguration, opt_path: str = "") -> CodePlaces:
    """Where the code and the layers (already merged in `opt_path`) are, with the file modes that `packages` gave them.

    Nothing for functions in a container image, which contains everything. Raises SandboxError if the code is missing. Blocking.
    """
    if function.image is not None:
        return CodePlaces()
    for folder in filter(None, (function.code_path, opt_path)):
        if not os.path.isdir(folder):
            raise SandboxError(f"The code of {function.name} cannot be read: there is no folder {folder}.",
                               "Check the folder and its permissions.")
    return CodePlaces(function.code_path, opt_path)


def only_layer(function: FunctionConfiguration) -> str:
    """The folder of a function's only layer, which needs no merging; "" if it has none or several."""
    layers = [layer for layer in function.layers if os.path.isabs(layer) and os.path.isdir(layer)]
    return layers[0] if len(layers) == 1 else ""


def bootstrap_path(function: FunctionConfiguration, opt_path: str = "") -> str:
    """The program that an OS-only runtime starts: the package's `bootstrap`, else a layer's. Blocking.

    Raises EntrypointInvalid in Lambda's words if there is none or it may not be executed.
    """
    places = [(Path(function.code_path), TASK_ROOT), *([(Path(opt_path), LAYER_ROOT)] if opt_path else [])]
    for folder, root in places:
        bootstrap = folder / "bootstrap"
        if not bootstrap.is_file():
            continue
        # The bit for others: Lambda's user neither owns the file nor is in its group.
        if os.name == "posix" and not bootstrap.stat().st_mode & 0o001:
            raise EntrypointInvalid(f"fork/exec {root}/bootstrap: permission denied",
                                    f"Make it executable: chmod 755 {bootstrap}")
        return f"{root}/bootstrap"
    raise EntrypointInvalid("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
                            f"Put an executable file called bootstrap into {function.code_path}.")
