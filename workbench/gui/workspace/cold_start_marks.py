"""Marks the lines of a handler's file, in the editor's margin, with what they took at the last cold start."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

from workbench.editor.line_marks import LineMark
from workbench.editor.tabs import EditorTabs
from workbench.gui.widgets.later import Later
from workbench.model.function import FunctionConfiguration
from workbench.state.line_times import LineTime, handler_module, line_times
from workbench.state.startup import Startup
from workbench.workspace.code_files import handler_file

_HEAVY, _MEDIUM = 0.4, 0.1
"""Shares of init from which on a mark stands out."""


def mark_cold_start(tabs: EditorTabs, function: FunctionConfiguration, startup: Startup, later: Later) -> None:
    """Mark the handler's file, if it is open, Python, and still what the environment started with. `later` reads its code."""
    code = Path(function.code_path)
    path = None if function.inline_code or function.code_in_s3 else handler_file(code, function.runtime, function.handler)
    editor = tabs.editor_of(str(path)) if path is not None and path.suffix == ".py" else None
    if editor is None or path is None or editor.is_modified or _is_newer(path, startup):
        return
    source, module = editor.text(), handler_module(function.handler)

    def show(times: list[LineTime]) -> None:
        still = tabs.editor_of(str(path))
        if still is not None and still.text() == source:
            still.set_line_marks([mark_of(time, startup.init_ms) for time in times])

    later.do("what lines took", partial(line_times, source, startup, module), show)


def mark_of(time: LineTime, init_ms: float | None) -> LineMark:
    """Return what is shown of some lines' time. `init_ms`: what all of init took."""
    share = time.duration_ms / init_ms if init_ms else 0.0
    part = f", {100 * share:.0f} % of init" if share else ""
    tip = f"{_subject(time)} took {time.duration_ms:,.1f} ms at the last cold start{part}."
    return LineMark(time.first, time.last, _short(time.duration_ms), tip, _weight(share))


def _short(duration_ms: float) -> str:
    return f"{duration_ms:.0f} ms" if duration_ms < 999.5 else f"{duration_ms / 1_000:.1f} s"


def _subject(time: LineTime) -> str:
    if time.names:
        return f"Importing {', '.join(time.names)}"
    lines = f"Line {time.first}" if time.first == time.last else f"Lines {time.first} to {time.last} together"
    return f"{lines}, with the loading of the file," if time.has_loading else lines


def _weight(share: float) -> Literal["light", "medium", "heavy"]:
    return "heavy" if share >= _HEAVY else "medium" if share >= _MEDIUM else "light"


def _is_newer(path: Path, startup: Startup) -> bool:
    """Whether a file was changed after an environment was made, which then ran something else."""
    try:
        return startup.began_ms is None or path.stat().st_mtime * 1_000 > startup.began_ms
    except OSError:
        return True
