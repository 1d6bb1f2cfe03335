"""The execution environments that exist now, as a table: what each is, where it lives, its state with its countdown."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.timeline.timeline_kinds import short_id
from workbench.state.environment_words import age_text, living, place_text, state_text
from workbench.state.environments import Environment
from workbench.state.session import Session

Index = QModelIndex | QPersistentModelIndex
ENVIRONMENT, FUNCTION, VERSION, STATE, AGE, PLACE, INVOCATIONS, MEMORY = range(8)
_TITLES = ("Env", "Function", "Version", "State", "Age", "Runs in", "Invoked", "Memory")
_TITLE_TIPS = {MEMORY: "The highest Max Memory Used of its REPORTs", INVOCATIONS: "How many invocations it has served",
               AGE: "How long ago its sandbox was created", PLACE: "The kind of sandbox, and the interpreter or image in it"}
_STATE_TOKENS = {"busy": "success", "initializing": "warning", "creating": "warning"}
_NO_INDEX = QModelIndex()
_FIGURES = (INVOCATIONS, MEMORY)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class ExecutionEnvironmentModel(QAbstractTableModel):
    """Rows of `Environment`. `update` takes over what the session knows; `tick` advances the countdowns."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: list[Environment] = []
        self.theme: Theme = DARK
        self.idle_limit_s: float | None = None

    @property
    def counts(self) -> bool:
        """Whether what is shown changes with time alone, without an event: ages do, and countdowns."""
        return bool(self._rows)

    def update(self) -> None:
        """Take over new, changed and removed environments. Rows are not reset, so that the selection stays."""
        wanted = living(self._session.environments)
        kept = {environment.environment_id for environment in wanted}
        for row in reversed(range(len(self._rows))):  # from the end, so that the numbers of the rows before stay valid
            if self._rows[row].environment_id not in kept:
                self.beginRemoveRows(_NO_INDEX, row, row)
                del self._rows[row]
                self.endRemoveRows()
        known = len(self._rows)
        if len(wanted) > known:
            self.beginInsertRows(_NO_INDEX, known, len(wanted) - 1)
            self._rows = wanted
            self.endInsertRows()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, MEMORY))

    def tick(self) -> None:
        """Have states and ages drawn again, with the present time."""
        if self._rows:
            self.dataChanged.emit(self.index(0, STATE), self.index(len(self._rows) - 1, AGE))

    def environment(self, row: int) -> Environment:
        """Return the environment of a row."""
        return self._rows[row]

    def position(self, environment_id: str) -> int:
        """Return the row of an environment, -1 if there is none."""
        return next((row for row, one in enumerate(self._rows) if one.environment_id == environment_id), -1)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of environments."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return 8."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return the titles, with tool tips for those that say too little."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tr(_TITLES[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _FIGURES:
            return _RIGHT
        return _TITLE_TIPS.get(section) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return texts, the state's color, and a tool tip with the whole ID and what the environment runs on."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        environment = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(environment, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(environment)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == STATE:
            return QColor(getattr(self.theme, _STATE_TOKENS.get(environment.state, "muted")))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in _FIGURES:
            return _RIGHT
        return None

    def _text(self, environment: Environment, column: int) -> str:
        if column == STATE:
            return state_text(environment, self._now_ms(), self.idle_limit_s)
        if column == MEMORY:
            return f"{environment.memory_peak_mb:,} MB" if environment.memory_peak_mb else "–"
        if column == AGE:
            return age_text(environment, self._now_ms())
        texts = {ENVIRONMENT: short_id(environment.environment_id), FUNCTION: environment.function_name,
                 VERSION: environment.version,
                 PLACE: place_text(environment), INVOCATIONS: f"{environment.invocations:,}"}
        return texts[column]

    def _now_ms(self) -> float:
        # By the engine's clock, which may be on another machine: the states' times are its.
        return self._session.engine_now_ms(time.time() * 1_000)


def _tip(environment: Environment) -> str:
    startup = environment.startup
    size = f"{startup.memory_mb:,} MB" if startup.memory_mb else ""
    return "\n".join(filter(None, [environment.environment_id, environment.function_name, startup.runs_on, size]))
