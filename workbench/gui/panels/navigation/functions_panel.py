"""The workspace's functions: runtime, name, source, whether the last invocation failed, and warm environments, a problem or the
debugging stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.navigation.list_section import ListSection

if TYPE_CHECKING:  # the panel is there before its functions are known
    from workbench.gui.widgets.row import Row
    from workbench.gui.widgets.row_list import RowList
    from workbench.model.function import FunctionConfiguration
    from workbench.state.debugging import Stage

_BADGES = (("python", "py", "syntax_function"), ("nodejs", "js", "syntax_string"), ("ruby", "rb", "text"),
           ("java", "jv", "syntax_number"), ("dotnet", "cs", "syntax_keyword"), ("go", "go", "create"),
           ("provided", "os", "muted"))
"""Beginnings of runtimes, with none of the colors that say how something stands: red means failure."""

_HIDDEN = "hidden:"
"""Before the name of a hidden function in the key of its row. No logical ID contains a colon."""
_STAGE_WORDS: dict[Stage, str] = {
    "switching": "debug…", "listening": "debug", "waiting": "waits", "attached": "attached", "stopped": "stopped",
    "running": "running",
}


class FunctionStanding(NamedTuple):
    """How a function stands: its number of warm environments, its debugging stage (None if it is not debugged), which properties
    of the template the API changed, and how its last invocation failed ("timed out"; "" if it did not).
    """

    warm: int = 0
    stage: Stage | None = None
    overridden: tuple[str, ...] = ()
    failed: str = ""


class FunctionsPanel(QWidget):
    """Signals: `function_selected(str logical_id)`; `hidden_chosen(str name)` to bring back what the API deleted."""

    function_selected = Signal(str)
    hidden_chosen = Signal(str)

    def __init__(self, add: QAction, menu: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._section = ListSection("Functions", add, menu)
        self._section.row_selected.connect(self.function_selected)
        self._section.row_activated.connect(self.function_selected)
        self._section.action_chosen.connect(self._on_action_chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)

    @property
    def list(self) -> RowList:
        """The list of functions, made now if it is not there yet."""
        return self._section.list

    def show_functions(
        self, functions: Sequence[FunctionConfiguration], current: str, standings: Mapping[str, FunctionStanding],
        hidden: Sequence[str] = (),
    ) -> None:
        """Show these functions; `current` is the logical ID of the chosen one, and `standings` are by name.

        `hidden`: the names of the template's functions that the API deleted.
        """
        rows = (*(_row(function, standings[function.name]) for function in functions), *map(_hidden_row, hidden))
        self._section.show_rows(rows, current)

    def _on_action_chosen(self, key: str) -> None:
        self.hidden_chosen.emit(key.removeprefix(_HIDDEN))

    def set_theme(self, theme: Theme) -> None:
        """Paint in the theme's colors."""
        self._section.set_theme(theme)


def badge_of(runtime: str) -> tuple[str, str]:
    """Return two letters for a runtime, and the color token to draw them in."""
    return next(((badge, token) for prefix, badge, token in _BADGES if runtime.startswith(prefix)), ("λ", "muted"))


def _row(function: FunctionConfiguration, standing: FunctionStanding) -> Row:
    from workbench.gui.widgets.row import Row
    from workbench.model.unknown_values import unknown_sentences

    badge, token = badge_of(function.runtime)
    detail, detail_token = _detail(function, standing)
    made = ("Made through the API, not by the template.",) if function.source == "api" else ()
    changed = (f"Changed through the API: {', '.join(standing.overridden)}.",) if standing.overridden else ()
    failed = (f"Its last invocation {standing.failed}.",) if standing.failed else ()
    tip = "\n".join((f"{function.name} · {function.runtime} · {function.handler}", *made, *changed, *failed,
                     *function.problems,
                     *unknown_sentences(function)))
    tag = "API" if made else "changed" if changed else ""
    alert = "" if function.problems else standing.failed
    return Row(function.logical_id, function.name, badge, token, detail, detail_token, tip, tag=tag, alert=alert)


def _hidden_row(name: str) -> Row:
    from workbench.gui.widgets.row import Row

    tip = f"{name} was deleted through the API. The template still has it: bring it back, with what the template says."
    return Row(f"{_HIDDEN}{name}", name, detail="bring back", detail_token="text", tip=tip, tag="hidden",  # noqa: S106
               is_action=True)


def _detail(function: FunctionConfiguration, standing: FunctionStanding) -> tuple[str, str]:
    """The word at the end of the row, and its color token; the most urgent one wins."""
    warm, stage = standing.warm, standing.stage
    if function.problems:
        return "problem", "error"
    if stage is not None:
        return _STAGE_WORDS[stage], "warning" if stage in ("waiting", "stopped") else "info"
    if function.unknown:
        return "values", "warning"
    return (f"{warm} warm", "success") if warm else ("cold", "muted")
