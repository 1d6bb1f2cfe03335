"""Removes containers and volumes without an owner: those of engines that died, and those of this engine when it closes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from workbench.sandbox.docker.cgroup import cgroup_of
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.labels import PAUSE_LABEL, owner_is_dead, volume_prefix
from workbench.storage.safe_files import Unfit, is_plain_folder, read_regular, write_privately
from workbench.storage.state_file import decoded

_OWNER_FILE = "owner.json"
_LIMIT_BYTES = 10_000


def note_owner(folder: Path, labels: dict[str, str]) -> None:
    """Write down which engine owns this folder (`engine_labels`), for engines started later. Blocking; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    write_privately(folder / _OWNER_FILE, msgspec.json.encode(labels), durable=False)


def dead_folders(root: Path) -> list[Path]:
    """The folders in `root` of engines that died without cleaning up. Blocking; does not ask Docker, and takes a millisecond."""
    found = []
    for note in root.glob(f"*/{_OWNER_FILE}"):
        # The workspace may come from somebody else, and what is returned here gets deleted: links are not followed.
        with contextlib.suppress(OSError, ValueError, OverflowError, Unfit):
            if is_plain_folder(note.parent) and owner_is_dead(decoded(read_regular(note, _LIMIT_BYTES), dict[str, str])):
                found.append(note.parent)
    return found


def remove_orphans(client: Any, engine: EngineInfo) -> int:
    """Remove what dead engines of this machine left; returns the number of containers. Blocking; raises the SDK's errors."""
    return _remove_all(client, engine, "workbench.engine", owner_is_dead)


def remove_containers(client: Any, engine: EngineInfo, engine_id: str) -> int:
    """Remove everything the engine with this ID made; returns the number of containers. Blocking; raises the SDK's errors."""
    count = _remove_all(client, engine, f"workbench.engine={engine_id}", lambda _: True)
    # By name too, as a Docker that is stopping creates some volumes without their labels.
    prefix = volume_prefix(engine_id)
    for volume in client.volumes(filters={"name": prefix}).get("Volumes") or ():
        if volume["Name"].startswith(prefix):  # the engine's filter also finds names that only contain it
            _remove_volume(client, volume["Name"])
    return count


def _remove_all(client: Any, engine: EngineInfo, label: str, is_wanted: Callable[[dict[str, str]], bool]) -> int:
    """Remove containers, then volumes: one that is mounted cannot be removed. Pause containers come last among the containers.

    Podman refuses to remove a pause container whose network is in use.
    """
    filters = {"label": label}
    listed = sorted(client.containers(all=True, filters=filters), key=lambda container: PAUSE_LABEL in container["Labels"])
    count = _remove(client, engine, [container["Id"] for container in listed if is_wanted(container["Labels"])])
    for volume in client.volumes(filters=filters).get("Volumes") or ():
        if is_wanted(volume.get("Labels") or {}):
            _remove_volume(client, volume["Name"])
    return count


def _remove_volume(client: Any, name: str) -> None:
    from docker.errors import APIError

    try:
        client.remove_volume(name)
    except APIError as error:
        if error.status_code not in (404, 409):  # gone, or still mounted by a container that is just being removed
            raise


def _remove(client: Any, engine: EngineInfo, containers: list[str]) -> int:
    from docker.errors import APIError, NotFound

    for container in containers:
        try:
            _thaw(client, engine, container)
            client.remove_container(container, v=True, force=True)
        except NotFound:
            continue
        except APIError as error:
            if error.status_code != 409:  # its removal is under way already
                raise
    return len(containers)


def _thaw(client: Any, engine: EngineInfo, container: str) -> None:
    """Thaw a container that a dead engine may have frozen without Docker's knowledge; SIGKILL would not reach it (cgroup v1)."""
    pid = client.inspect_container(container)["State"].get("Pid")
    if not pid or not engine.shares_kernel:
        return
    cgroup = cgroup_of(pid, engine.cgroup_version)
    cgroup.freezer.thaw()
    cgroup.close()
