"""Versions and aliases in the window's words: rows of lists, times, shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workbench.gui.panels.invocation_words import size
from workbench.gui.widgets.row import Row
from workbench.model.comparisons import FileDifference
from workbench.model.function_version import LATEST
from workbench.model.versions import AliasInfo, VersionInfo
from workbench.state.traffic import Traffic

_SHA_CHARACTERS = 6


def version_name(version: str) -> str:
    """Return `Version 3`, or `$LATEST`."""
    return version if version == LATEST else f"Version {version}"


def version_row(version: VersionInfo, aliases: Sequence[AliasInfo], now: datetime) -> Row:
    """Return a version's row: its description, its aliases as the tag, and below them time, size and the digest's beginning."""
    pointing = [alias for alias in aliases if alias.share_of(version.version)]
    when = _when(version.last_modified, now)
    lines = (version_name(version.version), version.description, f"{'Changed' if version.is_latest else 'Published'} {when}",
             f"{version.code_size:,} bytes, SHA-256 {version.code_sha256}", *map(alias_line, pointing))
    facts = (when, size(version.code_size) if version.code_size else "", version.code_sha256[:_SHA_CHARACTERS])
    return Row(
        key=version.version, text=" · ".join(filter(None, (version_name(version.version), version.description))),
        tag=_tag(pointing, version.version), note=" · ".join(filter(None, facts)), tip="\n".join(filter(None, lines)))


def alias_row(alias: AliasInfo) -> Row:
    """Return an alias's row: what it points to at the right."""
    tip = "\n".join(filter(None, (alias_line(alias), alias.description)))
    return Row(key=alias.name, text=alias.name, detail=f"→ {_targets(alias)}", detail_token="text", tip=tip)  # noqa: S106


def alias_line(alias: AliasInfo) -> str:
    """Return `live → 3 (90 %), 4 (10 %)`."""
    return f"{alias.name} → {_targets(alias)}"


def share(part: float) -> str:
    """Return a share from 0 to 1 as `90 %` or `12.5 %`."""
    return f"{part * 100:.4g} %"


def traffic_words(traffic: Traffic) -> str:
    """Return how many of the latest requests for an alias ran each version, the most first."""
    if not traffic.versions:
        return "No request has named this alias yet."
    counts = sorted(traffic.counts.items(), key=lambda item: -item[1])
    parts = ", ".join(f"{count} ran {version_name(version).replace('V', 'v')}" for version, count in counts)
    return f"Of the latest {len(traffic.versions)} requests: {parts}." if len(traffic.versions) > 1 else f"1 request: {parts}."


def _targets(alias: AliasInfo) -> str:
    if not alias.weights:
        return alias.function_version
    return ", ".join(f"{version} ({share(alias.share_of(version))})" for version in (alias.function_version, *alias.weights))


def _tag(pointing: Sequence[AliasInfo], version: str) -> str:
    """Name the first alias, and count the others: a row has no room for more."""
    if not pointing:
        return ""
    part = pointing[0].share_of(version)
    name = pointing[0].name if len(pointing[0].name) <= 14 else f"{pointing[0].name[:13]}…"
    return " ".join(filter(None, (name, share(part) if part < 1 else "", f"+{len(pointing) - 1}" if len(pointing) > 1 else "")))


def _when(last_modified: str, now: datetime) -> str:
    """Return Lambda's time of day, with its date unless that is today; "" if it cannot be read."""
    try:
        moment = datetime.strptime(last_modified, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    if moment.date() == now.date():
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%d %b %H:%M" if moment.year == now.year else "%d %b %Y")


def file_row(difference: FileDifference) -> Row:
    """Return a file's row: `+` for one that only the right version has, `−` for one that only the left has, `~` for others."""
    if difference.left is None:
        mark, token, facts = "+", "success", difference.right
    elif difference.right is None:
        mark, token, facts = "−", "error", difference.left
    else:
        mark, token, facts = "~", "warning", difference.right
    return Row(key=difference.path, text=difference.path, badge=mark, badge_token=token,
               detail=size(facts.size_bytes) if facts else "", tip=difference.path)
