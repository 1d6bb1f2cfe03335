"""Pack files as a deployment package: the same content gives the same bytes, and so the same digest."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from workbench.packages.content import Found, files_below
from workbench.packages.limits import not_a_package

_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The earliest date a .zip can hold; every entry has it, because dates are no content."""


class Entry(msgspec.Struct, frozen=True):
    """A file or link of a package; a link's content is where it leads."""

    name: str
    mode: int
    content: bytes


def packed(folder: Path) -> bytes:
    """Return a .zip of a folder's files and links with their permissions. Raises OSError and ServiceError. Blocks."""
    files = sorted(files_below(folder), key=lambda each: each.name)
    return packed_entries(folder.name, (entry_of(found, found.name) for found in files))


def entry_of(found: Found, name: str) -> Entry:
    """Read a file or link. Raises OSError. Blocks."""
    mode = found.status.st_mode
    return Entry(name, mode, os.fsencode(os.readlink(found.path)) if stat.S_ISLNK(mode) else found.path.read_bytes())


def packed_entries(what: str, entries: Iterable[Entry]) -> bytes:
    """Return a .zip with these entries in their order; `what` is packed, for the error. Raises ServiceError."""
    content = io.BytesIO()
    try:
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for each in entries:
                entry = zipfile.ZipInfo(each.name, _BEGINNING)
                entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3  # Unix: permissions and links count
                entry.external_attr = each.mode << 16
                archive.writestr(entry, each.content)
    except ValueError as error:  # a name that is not Unicode, which a .zip cannot hold
        raise not_a_package(what, str(error)) from error
    return content.getvalue()
