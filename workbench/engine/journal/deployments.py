"""Code and configuration that invocations ran, in the journal: each document and each text once, whoever has it.

A journal may have come with a clone: whatever is read here is bounded and checked, shown to people, and never run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.journal.shared_contents import SharedContents

MOST_CONTENT_BYTES = 8 << 20
_NOTE = ("INSERT OR IGNORE INTO deployments (name, architecture, code_sha256, configuration, code) VALUES (?, ?, ?, ?, ?)")
_FIND = "SELECT configuration, code_sha256, code FROM deployments WHERE name = ?"
_USED = "SELECT hash FROM uses WHERE deployment = ?"
_UNUSED = "SELECT id FROM deployments WHERE name NOT IN (SELECT deployment FROM circumstances)"


class NotedFile(msgspec.Struct, frozen=True, array_like=True):
    """A file of a package: its size, its SHA-256 in hex, and whether its text is kept."""

    size_bytes: int
    sha256: str
    is_kept: bool = False


class DeploymentNote(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment to be kept. `files` is None if the code could not be read; `texts` has contents of files by their SHA-256."""

    name: str
    architecture: str
    configuration: Mapping[str, Any]
    code_sha256: str = ""
    files: Mapping[str, NotedFile] | None = None
    texts: Mapping[str, bytes] = {}


class KeptDeployment(msgspec.Struct, frozen=True, kw_only=True):
    """One as it was kept."""

    configuration_sha256: str
    configuration: dict[str, Any]
    code_sha256: str
    files: dict[str, NotedFile] | None


_decode_configuration = msgspec.json.Decoder(dict[str, Any]).decode
_decode_files = msgspec.json.Decoder(dict[str, NotedFile]).decode


class Deployments:
    """Writes and reads them, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._contents = SharedContents(database)

    def find(self, name: str) -> KeptDeployment | None:
        """Return a deployment by its name; None if it is not known, or is not one that an engine could have written."""
        row = self._database.execute(_FIND, (name,)).fetchone()
        configuration = None if row is None else self.content(row[0])
        if row is None or configuration is None:
            return None
        files = None if row[2] is None else self.content(row[2])
        try:
            return KeptDeployment(
                configuration_sha256=bytes(row[0]).hex(), configuration=_decode_configuration(configuration),
                code_sha256=str(row[1]), files=None if files is None else _decode_files(files))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None

    def content(self, digest: bytes) -> bytes | None:
        """Return a document or a text by its SHA-256; None if it is not there."""
        return self._contents.find(digest, MOST_CONTENT_BYTES)

    def keep(self, note: DeploymentNote) -> None:
        """Keep a deployment, in the caller's transaction. One of the same name stays as it is."""
        configuration = self._contents.put(msgspec.json.encode(note.configuration, order="deterministic"))
        code = None if note.files is None else self._contents.put(msgspec.json.encode(note.files, order="deterministic"))
        values = (note.name, note.architecture, note.code_sha256, configuration, code)
        if not self._database.execute(_NOTE, values).rowcount:
            return
        (number,) = self._database.execute("SELECT id FROM deployments WHERE name = ?", (note.name,)).fetchone()
        texts = [self._contents.put(text) for text in note.texts.values()]
        kept = [bytes.fromhex(file.sha256) for file in (note.files or {}).values() if file.is_kept]
        used = {configuration, *([code] if code else []), *texts, *kept}
        self._database.executemany("INSERT OR IGNORE INTO uses VALUES (?, ?)", [(number, each) for each in used])


def forget_unused(database: sqlite3.Connection) -> None:
    """Delete deployments that no invocation had, and what only they used."""
    contents = SharedContents(database)
    for (number,) in database.execute(_UNUSED).fetchall():
        used = [digest for (digest,) in database.execute(_USED, (number,))]
        database.execute("DELETE FROM deployments WHERE id = ?", (number,))
        database.execute("DELETE FROM uses WHERE deployment = ?", (number,))
        contents.drop_unused(used)
