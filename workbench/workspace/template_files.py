"""Reads templates from disk and parses each again only if its bytes have changed."""

from __future__ import annotations

from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.template import Template


class TemplateFiles:
    """The templates of one workspace. Not for use from several threads at once."""

    def __init__(self) -> None:
        self._last: dict[Path, tuple[bytes, Template]] = {}
        self._is_held = False

    def hold(self) -> None:
        """From now on, read each template once: whoever asks for several things about them gets what fits together."""
        self._is_held = True

    def read(self, path: Path) -> Template:
        """Return the template as it is on disk now. Raises WorkspaceError if it cannot be read or is broken. Blocks."""
        if self._is_held and path in self._last:
            return self._last[path][1]
        try:
            content = read_bounded(path)
        except OSError as error:
            raise WorkspaceError(f"{path.name} could not be read: {error.strerror or error}.",
                                 "Check that the file exists and that you are allowed to read it.") from error
        known = self._last.get(path)
        if known is None or known[0] != content:
            known = self._last[path] = (content, Template.parse(path, content))
        return known[1]
