"""Packs the context that an image is built from, obeying `.dockerignore`, and names the image after exactly that content."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from workbench.model.failures import SandboxError
from workbench.model.function import Architecture, ImageBuild
from workbench.storage.bounded_reading import read_bounded

REPOSITORY = "localhost/workbench-build"
"""How the names of the images built here begin. With a registry, because Podman adds one to names that have none."""

_NOT_CONTEXT = (".workbench", ".aws-sam")
"""Our own state and `sam build`'s output: they may lie in a context's folder, but change although the project does not."""

_CHUNK_BYTES = 1 << 20
_MOST_OF_A_NAME = 40


class BuildContext(msgspec.Struct, frozen=True):
    """An open archive, the path of the Dockerfile in it, and the image's name, which depends on the content.

    `place` identifies what is built, independently of its content.
    """

    archive: IO[bytes]
    dockerfile: str
    name: str
    place: str


@contextmanager
def packed(build: ImageBuild, architecture: Architecture) -> Iterator[BuildContext]:
    """Provide the context until the block ends. Blocking: it reads all files. Raises SandboxError if one cannot be read."""
    from docker.api.build import process_dockerfile
    from docker.utils.build import tar

    with tempfile.TemporaryFile() as archive:
        try:
            dockerfile = process_dockerfile(build.dockerfile, build.context)
            tar(build.context, exclude=[*_ignored(Path(build.context)), *_NOT_CONTEXT], dockerfile=dockerfile, fileobj=archive)
        except OSError as error:
            raise SandboxError(f"The files that an image is built from cannot be read: {error}.",
                               f"Check {build.context} and its permissions, or name the file in .dockerignore.") from error
        place = _place(build, architecture)
        name = f"{_repository(build)}-{place[:8]}:{_tag(build.tag)}-{_digest(archive, place)[:16]}"
        yield BuildContext(archive, dockerfile[0], name, place)


def _ignored(context: Path) -> list[str]:
    """The patterns of a context's .dockerignore. Source: Docker's manual, ".dockerignore files"."""
    try:
        lines = read_bounded(context / ".dockerignore", 1_000_000).decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _place(build: ImageBuild, architecture: Architecture) -> str:
    return hashlib.sha256(msgspec.json.encode([build, architecture], order="deterministic")).hexdigest()


def _digest(archive: IO[bytes], place: str) -> str:
    """Digest of names, modes and content, but not of times, which every checkout changes."""
    digest = hashlib.sha256(place.encode())
    archive.seek(0)
    with tarfile.open(fileobj=archive) as files:
        for member in files:
            if member.name == ".dockerignore":  # its effect is in the archive already
                continue
            # The SDK gives a Dockerfile from outside the context a random name of this form.
            named = "" if member.name.startswith(".dockerfile.") else member.name
            digest.update(f"{named}\0{member.mode}\0{member.type!r}\0{member.linkname}\0{member.size}\n".encode())
            content: Any = files.extractfile(member) if member.isfile() else None
            while content is not None and (chunk := content.read(_CHUNK_BYTES)):
                digest.update(chunk)
    archive.seek(0)
    return digest.hexdigest()


def _repository(build: ImageBuild) -> str:
    """Names are of small letters, digits and single separators. Source: OCI distribution specification, "Pulling manifests"."""
    letters = [letter if letter.isascii() and letter.isalnum() else "-" for letter in Path(build.context).name.lower()]
    words = "-".join(word for word in "".join(letters).split("-") if word)
    return f"{REPOSITORY}/{words[:_MOST_OF_A_NAME].strip('-') or 'image'}"


def _tag(tag: str) -> str:
    letters = [letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in tag]
    return "".join(letters).lstrip(".-")[:_MOST_OF_A_NAME] or "latest"
