"""Looks at the files of an image, in a container of it that is never started. Blocking, for threads."""

from __future__ import annotations

import base64
import contextlib
import io
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from workbench.sandbox.docker.labels import LOOK_LABEL

_STAT_HEADER = "X-Docker-Container-Path-Stat"
_DIRECTORY, _LINK = 1 << 31, 1 << 27
"""Mode bits of Go's `os.FileMode`, which the engine's answer uses instead of Unix's."""
_MOST_LINKS = 8
_NOT_FOUND = 404
_MOST_READ = 16_384
_READINGS = 10
"""How often an empty file is read again: while another container's files are unmounted, Docker (20.10) may return nothing."""


class UnknownFile(Exception):
    """The engine does not tell, so nothing may be concluded about the file."""


class FoundFile(msgspec.Struct, frozen=True):
    """A file or directory after following symbolic links: `path` is the real path, `mode` the permission bits."""

    path: str
    mode: int
    is_directory: bool


class FileStart(msgspec.Struct, frozen=True):
    """The owner of a file and its first bytes."""

    user: int
    group: int
    first: bytes


class _Stat(msgspec.Struct, frozen=True):
    mode: int
    link_target: str = msgspec.field(default="", name="linkTarget")


class ImageFiles:
    """The files of one container. Methods raise UnknownFile, and the SDK's errors if the engine is gone."""

    def __init__(self, client: Any, container: str) -> None:
        self._client = client
        self._container = container
        self._url = f"{client.base_url}/v{client.api_version}/containers/{container}/archive"
        self._found: dict[str, FoundFile | None] = {}

    def find(self, path: str) -> FoundFile | None:
        """What is at a path, None if there is nothing."""
        if path not in self._found:
            self._found[path] = self._follow(path)
        return self._found[path]

    def has(self, path: str) -> bool:
        """Whether anything is at a path, even a dangling link.

        "Nothing" is believed only if it is answered twice: an overloaded engine has been seen to miss a file that was there.
        """
        return self._stat(path) is not None or self._stat(path) is not None

    def start(self, path: str, size: int = 0) -> FileStart:
        """Return the owner of a file and at most its first `size` bytes, without fetching the rest."""
        with contextlib.closing(self._client.get(self._url, params={"path": path}, stream=True)) as response:
            if not response.ok:
                raise UnknownFile
            try:
                with tarfile.open(fileobj=io.BytesIO(_beginning(response)), mode="r|") as archive:
                    return _start(archive, size)
            except (tarfile.TarError, EOFError) as error:
                raise UnknownFile from error

    def text(self, path: str) -> str:
        """The content of a small file, "" if there is none."""
        from docker.errors import NotFound

        try:
            return next(filter(None, (self._read(path) for _ in range(_READINGS))), b"").decode(errors="replace")
        except (NotFound, KeyError):
            return ""

    def _read(self, path: str) -> bytes:
        chunks, _ = self._client.get_archive(self._container, path)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            member = archive.next()
            file = archive.extractfile(member) if member is not None else None
            return file.read() if file is not None else b""

    def _follow(self, path: str) -> FoundFile | None:
        for _ in range(_MOST_LINKS):
            stat = self._stat(path)
            if stat is None:
                return None
            if not stat.mode & _LINK:
                return FoundFile(path, stat.mode & 0o777, bool(stat.mode & _DIRECTORY))
            path = stat.link_target
        raise UnknownFile

    def _stat(self, path: str) -> _Stat | None:
        answer = self._client.head(self._url, params={"path": path})
        if answer.status_code == _NOT_FOUND:
            return None
        if not answer.ok:
            raise UnknownFile
        try:
            return msgspec.json.decode(base64.b64decode(answer.headers.get(_STAT_HEADER, "")), type=_Stat)
        except (ValueError, msgspec.MsgspecError) as error:
            raise UnknownFile from error


def _beginning(response: Any) -> bytes:
    """The beginning of an archive, enough of it for the header and the first bytes of its first file."""
    read = bytearray()
    for chunk in response.iter_content(_MOST_READ):
        read += chunk
        if len(read) >= _MOST_READ:
            break
    return bytes(read)


def _start(archive: tarfile.TarFile, size: int) -> FileStart:
    member = archive.next()
    if member is None:
        raise UnknownFile
    file = archive.extractfile(member) if size and member.isfile() else None
    return FileStart(member.uid, member.gid, file.read(size) if file is not None else b"")


@contextlib.contextmanager
def files_of(client: Any, image: str, labels: Mapping[str, str]) -> Iterator[ImageFiles]:
    """The image's files, in a container that is removed afterwards. Raises the SDK's errors.

    `labels` say which engine made it: if that is killed meanwhile, the next one removes the container.
    """
    # working_dir="/": the engine would create the image's own if it is missing, and hide what Lambda would complain about.
    container = client.create_container(image, ["/bin/sh"], working_dir="/", labels={**labels, LOOK_LABEL: "yes"})["Id"]
    try:
        yield ImageFiles(client, container)
    finally:
        client.remove_container(container, v=True, force=True)
