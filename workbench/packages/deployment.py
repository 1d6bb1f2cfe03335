"""The .zip that a deployment would upload of a function's own code, before a build adds anything to it.

Source: `sam package` and `aws cloudformation package`, which put the files of a folder into a .zip and upload a .zip as it is.
"""

from __future__ import annotations

import stat
from pathlib import Path

from workbench.model.function import FunctionConfiguration
from workbench.model.quotas import UNZIPPED_LIMIT_BYTES
from workbench.packages.archive import is_archive
from workbench.packages.code_rules import code_rules
from workbench.packages.folders import packaged_files
from workbench.packages.inline import inline_files
from workbench.packages.limits import too_large_unzipped
from workbench.packages.packing import Entry, entry_of, packed_entries

_READABLE = stat.S_IFREG | 0o644


def deployment_package(function: FunctionConfiguration) -> bytes:
    """Return the .zip, the same bytes for the same content. Raises OSError and ServiceError. Blocks."""
    if function.inline_code:
        return packed_entries(function.name, [
            Entry(name, _READABLE, text.encode()) for name, text in sorted(inline_files(function).items())])
    place = Path(function.code_path)
    if is_archive(place):
        return place.read_bytes()
    files = packaged_files(place, code_rules(function))
    if sum(found.status.st_size for found in files) > UNZIPPED_LIMIT_BYTES:
        raise too_large_unzipped(f"The content of {place}")
    return packed_entries(function.name, (
        entry_of(found, found.name or place.name) for found in sorted(files, key=lambda each: each.name)))
