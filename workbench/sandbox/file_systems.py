"""FileSystemConfigs on this machine: local folders stand for what Lambda mounts below /mnt."""

from __future__ import annotations

from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration

_OTHERS_WRITE = 0o007


def mounted_folders(function: FunctionConfiguration) -> dict[str, str]:
    """Mount path -> folder on this machine, for those that a person has named. Blocking.

    Raises SandboxError if such a folder does not exist.
    """
    folders = {each.mount_path: each.local_folder for each in function.file_systems if each.local_folder}
    for mount_path, folder in folders.items():
        if not Path(folder).is_dir():
            raise SandboxError(f"The folder {folder}, which stands for {mount_path} of {function.name}, does not exist.",
                               f"Make it, or name another as the value filesystem:{mount_path}.")
    return folders


def container_notices(function: FunctionConfiguration, *, checks_owner: bool) -> tuple[str, ...]:
    """The notices about file systems in a container. Blocking.

    `checks_owner`: owners of files are the same inside, so that Lambda's user may be unable to write.
    """
    sentences = [_nothing_at(each.mount_path) + f" Name a folder of this machine for it: the value filesystem:{each.mount_path}."
                 for each in function.file_systems if not each.local_folder]
    for mount_path, folder in mounted_folders(function).items():
        if checks_owner and Path(folder).stat().st_mode & _OTHERS_WRITE != _OTHERS_WRITE:
            sentences.append(f"Lambda's user cannot write to {folder}, which is mounted at {mount_path}. "
                             f"To let it: chmod o+rwx {folder}")
    return tuple(sentences)


def process_notices(function: FunctionConfiguration) -> tuple[str, ...]:
    """The notices about file systems for a plain process, for which nothing can be mounted at /mnt."""
    return tuple(_nothing_at(each.mount_path) + " A process has no file systems of its own; they are mounted in a container."
                 for each in function.file_systems)


def _nothing_at(mount_path: str) -> str:
    return f"Nothing is mounted at {mount_path}, so paths below it do not exist."
