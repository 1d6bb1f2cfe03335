"""`workbench cache`: show the size of the package cache, or clear it."""

from __future__ import annotations

import sys

import msgspec

from workbench.cli.engine_parts import packages_folder
from workbench.model.engine_api import CacheReport, gigabytes
from workbench.packages.store import Store


def show_cache(*, clear: bool, as_json: bool) -> int:
    """Print the size per kind of entry, after clearing the cache if `clear`. Returns exit status 0."""
    store = Store(packages_folder())
    before = store.report()
    if clear:
        store.clear()
    report = store.report() if clear else before
    if as_json:
        sys.stdout.write(msgspec.json.encode({**msgspec.to_builtins(report), "sizeBytes": report.size_bytes}).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_lines(report, before if clear else None)) + "\n")
    return 0


def _lines(report: CacheReport, before: CacheReport | None) -> list[str]:
    lines = [f"{report.folder}: {report.sentence()}"]
    lines += [f"  {kind.kind:<12}{kind.entries:>6}  {gigabytes(kind.size_bytes):>10}" for kind in report.kinds]
    if before is not None:
        freed = f"Cleared {gigabytes(before.size_bytes - report.size_bytes)}."
        lines.append(f"{freed} The rest is in use." if report.kinds else freed)
    elif report.kinds:
        lines.append("workbench cache --clear deletes what is not in use; it is rebuilt when needed.")
    return lines
