"""The .zip files that came through the API, of functions and of layers: each once, named by its digest, shared by all users."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from workbench.engine.registry.records import Code
from workbench.model.failures import WorkspaceError
from workbench.packages.archive import measured
from workbench.packages.packing import packed
from workbench.storage.safe_files import write_privately
from workbench.storage.state_home import own_folder

_DRAFT = ".part"
_DRAFT_S = 3600.0


class Archives:
    """The archives of one workspace, in its state folder. Nothing is overwritten: a name says what is in the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, content: bytes) -> Code:
        """Keep a .zip; when this returns, it is on disk.

        Raises ServiceError in Lambda's words for one that Lambda refuses, WorkspaceError if it cannot be written.
        """
        try:
            return await asyncio.to_thread(self._keep, content)
        except OSError as error:
            raise self._unsaved(error) from error

    def draft(self, name: str) -> Path:
        """Return where a .zip may be written before it is kept."""
        return self._folder / f"{name}{_DRAFT}"

    def open_draft(self, draft: Path) -> BinaryIO:
        """Open a new draft. Raises OSError. Blocks briefly."""
        own_folder(self._folder)
        return draft.open("xb")

    async def keep_file(self, draft: Path) -> Code:
        """Keep a .zip that was written to a draft. Raises like `keep`."""
        try:
            return await asyncio.to_thread(self._keep_file, draft)
        except OSError as error:
            raise self._unsaved(error) from error

    async def keep_folder(self, folder: Path) -> Code:
        """Keep a folder as a .zip, the same one for the same content. Raises ServiceError if it is too large for Lambda."""
        return await self.keep(await asyncio.to_thread(packed, folder))

    def path_of(self, object_name: str) -> Path:
        """Return where an archive is, which may be gone. The name may come from a URL: only its last part counts."""
        return self._folder / Path(object_name).name

    async def unzipped_bytes(self, code: Code) -> int:
        """Return the size of an archive's files, 0 if it is gone or there is none (an image)."""
        return await asyncio.to_thread(self._unzipped_bytes, code)

    async def collect(self, used: Collection[str]) -> None:
        """Remove the archives that nothing uses, by the names in use."""
        await asyncio.to_thread(self._collect, frozenset(used))

    def _keep(self, content: bytes) -> Code:
        code = _code(hashlib.sha256(content).digest(), len(content))
        path = self.path_of(code.object_name)
        if not path.exists():
            own_folder(self._folder)
            write_privately(path, content)
        return self._checked(path, code)

    def _keep_file(self, draft: Path) -> Code:
        with draft.open("rb+") as file:
            code = _code(hashlib.file_digest(file, "sha256").digest(), file.tell())
            os.fsync(file.fileno())
        path = self.path_of(code.object_name)
        if not path.exists():
            draft.chmod(0o600)
            os.replace(draft, path)
        return self._checked(path, code)

    @staticmethod
    def _checked(path: Path, code: Code) -> Code:
        try:
            measured(path)
        except Exception:
            path.unlink(missing_ok=True)
            raise
        return code

    def _unzipped_bytes(self, code: Code) -> int:
        path = self.path_of(code.object_name)
        return measured(path) if code.object_name and path.is_file() else 0

    def _collect(self, used: frozenset[str]) -> None:
        with suppress(OSError):
            for path in self._folder.glob("*.zip"):
                if path.name not in used:
                    path.unlink(missing_ok=True)
            for path in self._folder.glob(f"*{_DRAFT}"):
                if time.time() - path.stat().st_mtime > _DRAFT_S:  # of an engine that was killed
                    path.unlink(missing_ok=True)

    def _unsaved(self, error: OSError) -> WorkspaceError:
        message = f"The package could not be saved: {error.strerror or error}."
        return WorkspaceError(message, f"Check the disk of {self._folder}.")


def _code(digest: bytes, size_bytes: int) -> Code:
    return Code(sha256=base64.b64encode(digest).decode(), size_bytes=size_bytes, object_name=f"{digest.hex()}.zip")
