"""Reads what is deployed of a function: its settings, and its own code file by file, before a build adds anything to it."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from workbench.engine.journal.deployments import DeploymentNote, NotedFile
from workbench.engine.registry.settings import settings_of
from workbench.model.failures import WorkbenchError
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope
from workbench.model.overrides import MASK
from workbench.packages.archive import is_archive
from workbench.packages.code_rules import code_rules
from workbench.packages.deployment import deployment_package
from workbench.packages.differences import Fingerprint, ZippedPackage
from workbench.packages.folders import packaged_files
from workbench.packages.inline import inline_files

MOST_FILES = 2_000
"""Of code with more files only the digest is kept."""
MOST_PACKED_BYTES = 20 << 20
"""Larger code is not packed for its digest, which then is that of the list of its files."""
MOST_TEXT_BYTES = 128 << 10
MOST_TEXTS_BYTES = 2 << 20
"""How much text is kept of one file, and of one deployment; of other files the digest is."""

Files = dict[str, NotedFile]
Texts = dict[str, bytes]


def read_deployment(name: str, function: FunctionConfiguration, scope: Scope, key: bytes) -> DeploymentNote:
    """Return what is deployed of a function now. Code that cannot be read is left out. `key`: see `shown_settings`. Blocks."""
    note = DeploymentNote(name=name, architecture=function.architecture, configuration=shown_settings(function, scope, key))
    if function.image is not None:
        uri = function.image.uri
        digest = uri.partition("@sha256:")[2] or (hashlib.sha256(uri.encode()).hexdigest() if uri else "")
        return DeploymentNote(name=name, architecture=function.architecture, configuration=note.configuration, code_sha256=digest)
    try:
        files, texts = _kept(_contents(function))
        digest = _digest(function, files)
    except (OSError, WorkbenchError, zipfile.BadZipFile, ValueError):  # invoking the function tells why
        return note
    return DeploymentNote(
        name=name, architecture=function.architecture, configuration=note.configuration, code_sha256=digest,
        files=files if len(files) <= MOST_FILES else None, texts=texts if len(files) <= MOST_FILES else {})


def shown_settings(function: FunctionConfiguration, scope: Scope, key: bytes) -> dict[str, Any]:
    """Return a function's settings in the API's terms, with a keyed digest in place of each variable's value.

    It tells whether a value changed. Without the key, which is not kept with the digests, nobody can try values out.
    """
    settings = settings_of(function, scope)
    if "Environment" in settings:
        given: Mapping[str, str] = settings["Environment"]["Variables"]
        shown = {name: f"{MASK} {_keyed(value, key)}" for name, value in given.items()}
        settings["Environment"] = {"Variables": shown}
    if function.image is not None:
        settings["ImageUri"] = function.image.uri
    return settings


class NotedPackage:
    """A package whose texts are kept, for `packages.differences`."""

    def __init__(self, files: Mapping[str, NotedFile], text: Mapping[str, bytes]) -> None:
        """`text` has contents by their SHA-256 in hex; a file that is not among them counts as one that is not text."""
        self.noted = files
        self.files = {name: Fingerprint(each.size_bytes, int(each.sha256[:15], 16)) for name, each in files.items()}
        self._text = text

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read it."""
        return io.BytesIO(self._text.get(self.noted[name].sha256, b"\0"))


def _keyed(value: str, key: bytes) -> str:
    return hashlib.blake2b(value.encode(errors="surrogatepass"), key=key, digest_size=6).hexdigest()


def _contents(function: FunctionConfiguration) -> Iterator[tuple[str, bytes]]:
    if function.inline_code:
        for name, text in inline_files(function).items():
            yield name, text.encode()
        return
    place = Path(function.code_path)
    if is_archive(place):
        with zipfile.ZipFile(place) as archive:
            package = ZippedPackage(archive)
            for name in package.files:
                yield name, package.open(name).read()
        return
    for found in packaged_files(place, code_rules(function)):
        is_link = stat.S_ISLNK(found.status.st_mode)
        yield found.name or place.name, os.fsencode(os.readlink(found.path)) if is_link else found.path.read_bytes()


def _kept(contents: Iterator[tuple[str, bytes]]) -> tuple[Files, Texts]:
    files: Files = {}
    texts: Texts = {}
    left_bytes = MOST_TEXTS_BYTES
    for name, content in contents:
        digest = hashlib.sha256(content).hexdigest()
        is_kept = len(content) <= min(MOST_TEXT_BYTES, left_bytes) and b"\0" not in content
        files[name] = NotedFile(len(content), digest, is_kept)
        if is_kept and digest not in texts:
            texts[digest] = content
            left_bytes -= len(content)
    return files, texts


def _digest(function: FunctionConfiguration, files: Files) -> str:
    place = Path(function.code_path)
    if not function.inline_code and is_archive(place):
        with place.open("rb") as file:
            return base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode()
    if sum(file.size_bytes for file in files.values()) <= MOST_PACKED_BYTES:
        return base64.b64encode(hashlib.sha256(deployment_package(function)).digest()).decode()
    rows = "".join(f"{name}\0{file.sha256}\n" for name, file in sorted(files.items()))
    return base64.b64encode(hashlib.sha256(rows.encode(errors="surrogateescape")).digest()).decode()
