"""Builders of zip files, friendly and hostile."""

from __future__ import annotations

import stat
import warnings
import zipfile
from pathlib import Path


def write_zip(path: Path, files: dict[str, str | bytes], *, links: dict[str, str] | None = None, mode: int = 0o644,
              modes: dict[str, int] | None = None) -> Path:
    """A zip as Info-ZIP on Linux makes it: Unix permissions, links as links."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # a name twice is what is wanted
        for name, content in files.items():
            archive.writestr(entry(name, stat.S_IFREG | (modes or {}).get(name, mode)), content)
        for name, text in (links or {}).items():
            archive.writestr(entry(name, stat.S_IFLNK | 0o777), text)
    return path


def entry(name: str, mode: int, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """An entry with a name exactly as given."""
    info = zipfile.ZipInfo("x")
    info.filename = name
    info.create_system = 3
    info.external_attr = mode << 16
    info.compress_type = compression
    return info


def tree(folder: Path) -> dict[str, str]:
    """All files below a folder with their texts; links as `-> target`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_text()
    return found
