"""The state of functions' code on the disk: what tells whether it has changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.model.left_out import NEVER_CODE, LeftOut
from workbench.packages.cancellation import CheckPoint
from workbench.packages.code_rules import code_rules
from workbench.packages.folders import packaged_files


class BesideCode(msgspec.Struct, frozen=True):
    """What does not count as code even if it lies among it: the templates, and the folder of events."""

    templates: tuple[Path, ...]
    events: Path


def places_of(function: FunctionConfiguration) -> list[tuple[Path, LeftOut]]:
    """Return the code and the local layers (folders or files), with what is left out of each.

    For an image they are what it is built from; none if it exists already.
    """
    if function.image is not None:
        build = function.image.build
        places = () if build is None else (Path(build.context), Path(build.context, build.dockerfile))
        return [(place, NEVER_CODE) for place in places]
    code = [] if function.inline_code else [(Path(function.code_path), code_rules(function))]
    return [*code, *((Path(layer), NEVER_CODE) for layer in function.layers if os.path.isabs(layer))]


def places_outside(root: Path, functions: Iterable[FunctionConfiguration]) -> frozenset[Path]:
    """Return the places of functions' code and layers that are not below a folder, links followed. Blocks."""
    home = Path(os.path.realpath(root))
    places = {place for function in functions if not function.code_in_s3 for place, _ in places_of(function)}
    return frozenset(real for place in places if not (real := Path(os.path.realpath(place))).is_relative_to(home))


def state_of(place: Path, rules: LeftOut, beside: BesideCode, check: CheckPoint) -> tuple[str, int, int]:
    """Return fingerprint, size in bytes and latest change (ns) of what is packaged of a place.

    The fingerprint is of names, modes, times and sizes, not of contents, because this runs with every change and before
    invocations. Templates and events that lie among the code are packaged too, but saving one must not cost a warm environment.
    """
    try:
        files = packaged_files(place, rules, check)
    except (OSError, ValueError):  # gone, not readable, or not a path at all: invoking the function says so
        files = ()
    digest = hashlib.sha256()
    total, latest_ns = 0, 0
    templates, events = {_below(place, path) for path in beside.templates}, _below(place, beside.events)
    for found in files:
        if found.name in templates or (events and found.name.startswith(f"{events}/")):
            continue
        status = found.status
        row = f"{found.name}\0{status.st_mode}\0{status.st_mtime_ns}\0{status.st_size}\n"
        digest.update(row.encode(errors="surrogateescape"))
        total += status.st_size
        latest_ns = max(latest_ns, status.st_mtime_ns)
    return digest.hexdigest(), total, latest_ns


def _below(place: Path, path: Path) -> str:
    """Return the path relative to the place, as its files are named; "" for one that is elsewhere."""
    return path.relative_to(place).as_posix() if path.is_relative_to(place) else ""
