"""Pack a folder as a deployment package: the same content gives the same bytes, and so the same digest."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

from workbench.packages.content import files_below
from workbench.packages.limits import not_a_package

_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The earliest date a .zip can hold; every entry has it, because dates are no content."""


def packed(folder: Path) -> bytes:
    """Return a .zip of a folder's files and links with their permissions. Raises OSError and ServiceError. Blocks."""
    content = io.BytesIO()
    try:
        _pack(folder, content)
    except ValueError as error:  # a name that is not Unicode, which a .zip cannot hold
        raise not_a_package(folder.name, str(error)) from error
    return content.getvalue()


def _pack(folder: Path, content: io.BytesIO) -> None:
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for found in sorted(files_below(folder), key=lambda each: each.name):
            path, mode = folder / found.name, found.status.st_mode
            entry = zipfile.ZipInfo(found.name, _BEGINNING)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3  # Unix: permissions and links count
            entry.external_attr = mode << 16
            archive.writestr(entry, os.readlink(path) if stat.S_ISLNK(mode) else path.read_bytes())
