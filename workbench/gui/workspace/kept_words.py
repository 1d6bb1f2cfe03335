"""Words for deletions and earlier versions."""

from __future__ import annotations

import time
from difflib import unified_diff
from pathlib import PurePath

from workbench.gui.panels.invocation_words import size
from workbench.gui.widgets.row import Row
from workbench.model.moments import in_calendar
from workbench.workspace.events import EXPECTATION_SUFFIX
from workbench.workspace.history import Version
from workbench.workspace.trash import TrashEntry

DAY_S = 24 * 3600


def deletion_text(entry: TrashEntry) -> str:
    """Return one sentence on what has just been deleted."""
    if entry.kind == "event":
        return f"The event {entry.name} was deleted."
    parts = _folders(entry)
    events = sum(file.original.endswith(".json") for file in entry.files)
    if events:
        parts.append("its event" if events == 1 else f"its {events} events")
    rest = f", with {' and '.join(parts)}" if parts else " from the template; its files are still there"
    return f"{entry.name} was deleted{rest}."


def trash_row(entry: TrashEntry) -> Row:
    """Return the list row of a deletion."""
    badge = "λ" if entry.kind == "function" else "{}"
    return Row(key=entry.id, text=entry.name, badge=badge, detail=moment(entry.deleted_at_s))


def trash_text(entry: TrashEntry) -> str:
    """Return what a deletion removed, by the name that its list had: its files, and its lines in the template."""
    lines = [f"{entry.kind.capitalize()} {entry.name}", "", *(file.original for file in entry.files)]
    if entry.template is not None:
        before, after = (text.splitlines() for text in (entry.template.before, entry.template.after))
        gone = [line[1:] for line in unified_diff(before, after, n=0, lineterm="") if line.startswith("-")][1:]
        lines += [*([""] if entry.files else []), f"{entry.template.path}:", "", *gone]
    return "\n".join(lines)


def version_row(key: str, version: Version) -> Row:
    """Return the list row of an earlier version."""
    return Row(key=key, text=moment(version.kept_at_s), detail=size(version.size_bytes))


def moment(at_s: float) -> str:
    """Return a local time as a person would say it, such as "Yesterday 14:03:07". `at_s`: seconds since 1970."""
    at_s = in_calendar(at_s)
    then = time.localtime(at_s)
    age_days = (time.mktime((*time.localtime()[:3], 0, 0, 0, 0, 0, -1)) - at_s) / DAY_S
    day = "Today" if age_days <= 0 else "Yesterday" if age_days <= 1 else time.strftime("%Y-%m-%d", then)
    return f"{day} {time.strftime('%H:%M:%S', then)}"


def _folders(entry: TrashEntry) -> list[str]:
    """The code folders among its files: the others are events, and what these expect."""
    return [f"its folder {PurePath(file.original).name}" for file in entry.files
            if not file.original.endswith((".json", EXPECTATION_SUFFIX))]
