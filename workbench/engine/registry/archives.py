"""The .zip files that came through the API, of functions and of layers: each once, named by its digest, shared by all users."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from workbench.engine.registry.records import Code
from workbench.model.failures import WorkspaceError
from workbench.packages.archive import measured
from workbench.packages.packing import packed
from workbench.storage.safe_files import write_privately
from workbench.storage.state_home import own_folder


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
            message = f"The package could not be saved: {error.strerror or error}."
            raise WorkspaceError(message, f"Check the disk of {self._folder}.") from error

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
        digest = hashlib.sha256(content)
        code = Code(sha256=base64.b64encode(digest.digest()).decode(), size_bytes=len(content),
                    object_name=f"{digest.hexdigest()}.zip")
        path = self.path_of(code.object_name)
        if not path.exists():
            own_folder(self._folder)
            write_privately(path, content)
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
