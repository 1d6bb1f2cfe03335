"""Which version of each open file this window knows, and what became of the file since."""

from __future__ import annotations

from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.model.value import Value
from workbench.workspace.code_files import CodeFile, FileToken, file_token, read_code


class DiskNews(Value):
    """What a look at one file found. A deleted file may be back and differ as well."""

    is_gone: bool = False
    """Whether there is no file."""
    returned: CodeFile | None = None
    """The version known before the file was gone, now that there is a file again."""
    other_token: FileToken | None = None
    """The version on disk, if it is not the known one."""


class DiskVersions:
    """The last version of each open file that this window read or wrote, by path. All calls that look at the disk block."""

    def __init__(self) -> None:
        self._known: dict[str, CodeFile] = {}
        self._gone: set[str] = set()

    def known(self, name: str) -> CodeFile | None:
        """Return the known version of a file; None if there is none."""
        return self._known.get(name)

    def read(self, name: str) -> CodeFile:
        """Read a file; that version is known from now on. Raises WorkspaceError."""
        file = self._known[name] = read_code(Path(name))
        return file

    def note(self, name: str, file: CodeFile) -> None:
        """Note a version that was read for another reason."""
        self._known[name] = file

    def note_written(self, name: str, file: CodeFile) -> None:
        """Note a version that this window wrote: a deleted file is there again."""
        self._known[name] = file
        self._gone.discard(name)

    def follow(self, name: str, new_name: str) -> None:
        """Follow a renamed file."""
        file = self._known.pop(name, None)
        if file is not None:
            self._known[new_name] = file
        self._gone.discard(name)

    def forget(self, name: str) -> None:
        """Forget a closed file."""
        self._known.pop(name, None)
        self._gone.discard(name)

    def look(self, name: str) -> DiskNews:
        """Look at a file on disk, and remember if it is gone."""
        token, known = file_token(Path(name)), self._known.get(name)
        if token is None:
            self._gone.add(name)
            return DiskNews(is_gone=True)
        returned = known if name in self._gone else None
        if returned is not None:
            self._gone.discard(name)
        return DiskNews(returned=returned, other_token=token if known is None or token != known.token else None)


def version_on_disk(path: Path) -> CodeFile:
    """Read a file whose text is only compared with: an empty text stands for one that is missing or cannot be read."""
    try:
        return read_code(path)
    except WorkspaceError:
        return CodeFile(text="", token=file_token(path) or FileToken(0, 0))


def token_text(token: FileToken | None) -> str:
    """Turn a file version into the opaque text that the editor keeps; "" if there is no file."""
    return f"{token.modified_ns}:{token.size_bytes}" if token is not None else ""
