"""Above the environments: how the engine itself does, and each preparation under way with its progress and a way to cancel it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.model.vitals import LongWorkInfo, Vitals
from workbench.state.vitals_words import vitals_figures, work_detail

_BAR_PX, _LEAST_BAR_PX = 140, 48
_STEPS = 1_000


class EngineVitals(QWidget):
    """Emits `cancel_requested(int number)` for a preparation. Hidden figures until the engine has answered."""

    cancel_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[int, _WorkLine] = {}
        self.figures = ElidedLabel()
        self.figures.setObjectName("muted")
        self._works = QVBoxLayout()
        self._works.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 2)
        layout.setSpacing(6)
        layout.addWidget(self.figures)
        layout.addLayout(self._works)
        self.setAccessibleName(self.tr("The engine's health"))

    def show_vitals(self, vitals: Vitals, now_ms: float) -> None:
        """Show the engine's answer. `now_ms` is its epoch time."""
        figures = vitals_figures(vitals, now_ms)
        self.figures.setText(" · ".join(text for text, _ in figures))
        self.figures.setToolTip("\n".join(f"{text}: {meaning}" for text, meaning in figures))
        self._show_work(vitals.long_work, now_ms)

    @property
    def work_texts(self) -> list[str]:
        """What is said of each preparation."""
        return [line.text.text() for line in self._lines.values()]

    def cancel_button(self, number: int) -> QPushButton:
        """Return the button that cancels a preparation."""
        return self._lines[number].cancel

    def _show_work(self, works: tuple[LongWorkInfo, ...], now_ms: float) -> None:
        present = {work.number for work in works}
        for number in [number for number in self._lines if number not in present]:
            line = self._lines.pop(number)
            self._works.removeWidget(line)
            line.deleteLater()
        for work in works:
            if work.number not in self._lines:
                self._lines[work.number] = self._new_line(work.number)
            self._lines[work.number].show_work(work, now_ms)

    def _new_line(self, number: int) -> _WorkLine:
        line = _WorkLine()
        line.cancel.clicked.connect(lambda: self.cancel_requested.emit(number))
        self._works.addWidget(line)
        return line


class _WorkLine(QWidget):
    """One preparation: what it does, how far it is, how fast, and its Cancel button."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self._detail, self._bar = ElidedLabel(), PlainLabel(), QProgressBar()
        self.cancel = QPushButton(self.tr("Cancel"))
        self._bar.setMinimumWidth(_LEAST_BAR_PX)
        self._bar.setMaximumWidth(_BAR_PX)
        self._bar.setTextVisible(False)
        self._detail.setObjectName("muted")
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget, share in ((self.text, 4), (self._bar, 1), (self._detail, 0), (self.cancel, 0)):  # what it is comes first
            layout.addWidget(widget, share)

    def show_work(self, work: LongWorkInfo, now_ms: float) -> None:
        """Show how far it is."""
        text = f"{work.function_name}: {work.text}"
        self.text.setText(text)
        self.text.setToolTip(text)
        self._detail.setText(work_detail(work, now_ms))
        self._bar.setRange(0, 0 if work.fraction is None else _STEPS)
        if work.fraction is not None:
            self._bar.setValue(round(work.fraction * _STEPS))
        self.cancel.setAccessibleName(f"Cancel: {text}")
