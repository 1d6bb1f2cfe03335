"""An alias's traffic: two versions with a slider between them, and beside it which versions the latest requests really ran."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.versions.version_words import share, traffic_words, version_name
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.model.function_version import LATEST
from workbench.model.versions import AliasInfo, Routing, VersionInfo
from workbench.state.traffic import LATEST_REQUESTS, Traffic

SETTLE_MS = 80
"""While the slider is moved, the engine is told of a weight that stayed for so long."""
_TICK_PX = 3
_NONE = ""


class TrafficCard(QWidget):
    """Shows an alias with `show_alias`, and what became of its requests with `show_traffic`.

    Emits `shifted(AliasInfo)` with the alias as it is to be. What a person has moved stays until the engine has it, or until
    another alias is shown: also what the engine refused, with its words in `show_refusal`.
    """

    shifted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.alias: AliasInfo | None = None
        self._is_changed = False
        self._weight = 0.0
        self.first, self.second = _combo("Version of the alias"), _combo("Second version of the alias")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self._name, self._left, self._right, self.told = PlainLabel(), PlainLabel(), PlainLabel(), PlainLabel()
        self.problem, self.overrides = PlainLabel(), PlainLabel()
        self.strip = TrafficStrip()
        self._settle = QTimer(self)
        self._prepare()
        self._lay_out()
        self.hide()

    @property
    def weight(self) -> float:
        """The share of the second version as it is shown, from 0 to 1."""
        return self._weight

    @property
    def is_settling(self) -> bool:
        """Whether a change waits a moment for the next one."""
        return self._settle.isActive()

    def show_alias(self, alias: AliasInfo | None, versions: Sequence[VersionInfo]) -> None:
        """Show an alias as the engine has it; None hides the card."""
        self.setVisible(alias is not None)
        is_other = alias is None or self.alias is None or alias.name != self.alias.name
        self.alias = alias
        if alias is None or (self._is_changed and not is_other):
            return
        self._is_changed = False
        self._settle.stop()
        self.show_refusal("")
        published = [each.version for each in reversed(versions) if not each.is_latest]
        _fill(self.first, [*published, LATEST], alias.function_version)
        second = next(iter(alias.weights), _NONE)
        _fill(self.second, [_NONE, *published], second)
        self._show_weight(alias.weights.get(second, 0.0))
        self._name.setText(f"Traffic of {alias.name}")

    def forget_changes(self) -> None:
        """Drop what a person has moved and the engine was not told: another function is chosen."""
        self._settle.stop()
        self._is_changed = False

    def show_traffic(self, traffic: Traffic) -> None:
        """Show which versions the latest requests ran."""
        self.strip.show_traffic(traffic, str(self.first.currentData()), str(self.second.currentData()))
        self.told.setText(traffic_words(traffic))

    def show_overrides(self, sentence: str) -> None:
        """Say that the template declares the alias otherwise; "" for nothing."""
        self.overrides.setText(sentence)
        self.overrides.setVisible(bool(sentence))

    def show_refusal(self, sentence: str) -> None:
        """Say in the engine's words why it did not change the alias; "" when it did."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def settled(self) -> None:
        """The engine has what was asked for: from now on its aliases are shown again."""
        if not self._settle.isActive() and not self.slider.isSliderDown():
            self._is_changed = False
        self.show_refusal("")

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.strip.set_theme(theme)
        self._left.setStyleSheet(f"color: {theme.success}; font-weight: 600;")
        self._right.setStyleSheet(f"color: {theme.syntax_keyword}; font-weight: 600;")

    def _prepare(self) -> None:
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._on_settled)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName("Share of the second version in percent")
        self.slider.setToolTip("The share of the second version: each request is drawn anew")
        self.slider.valueChanged.connect(self._on_moved)
        # `activated` and not `currentIndexChanged`: only a person's choice, not the box being filled again.
        self.first.activated.connect(self._on_version_chosen)
        self.second.activated.connect(self._on_version_chosen)
        for label, name in ((self._name, "sectionTitle"), (self.told, "muted"), (self.problem, "problem"),
                            (self.overrides, "muted")):
            label.setObjectName(name)
            label.setWordWrap(True)
        for label in (self.problem, self.overrides):
            label.hide()

    def _lay_out(self) -> None:
        boxes, weights = QHBoxLayout(), QHBoxLayout()
        for line, widgets in ((boxes, (self.first, self.second)), (weights, (self._left, self.slider, self._right))):
            line.setSpacing(8)
            for widget in widgets:
                line.addWidget(widget, 1 if widget in (self.first, self.second, self.slider) else 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 4)
        layout.setSpacing(6)
        layout.addWidget(self._name)
        layout.addLayout(boxes)
        layout.addLayout(weights)
        for part in (self.problem, self.strip, self.told, self.overrides):
            layout.addWidget(part)

    def _show_weight(self, weight: float) -> None:
        self._weight = weight
        self.slider.blockSignals(True)
        self.slider.setValue(round(weight * 100))
        self.slider.blockSignals(False)
        self._show_shares()

    def _show_shares(self) -> None:
        has_second = bool(self.second.currentData())
        self.slider.setEnabled(has_second)
        self._left.setText(share(1 - self._weight if has_second else 1.0))
        self._right.setText(share(self._weight) if has_second else "")

    def _on_moved(self, percent: int) -> None:
        self._weight = percent / 100
        self._change()

    def _on_version_chosen(self, _index: int) -> None:
        if not self.second.currentData():
            self._show_weight(0.0)
        self._change()

    def _change(self) -> None:
        self._is_changed = True
        self._show_shares()
        self._settle.start()

    def _on_settled(self) -> None:
        if self.alias is None:
            return
        second = str(self.second.currentData())
        self.shifted.emit(AliasInfo(
            name=self.alias.name, function_version=str(self.first.currentData()), description=self.alias.description,
            routing_config=Routing({second: self._weight} if second else {})))


class TrafficStrip(QWidget):
    """The latest requests as ticks, the newest at the right: low ones ran the first version, high ones the second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = DARK
        self._traffic, self._first, self._second = Traffic(), "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("The latest requests for this alias, the newest at the right. Low and green: its version. "
                        "High and violet: its second version. Gray: another, which it had before.")

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.update()

    def show_traffic(self, traffic: Traffic, first: str, second: str) -> None:
        """Show which versions ran; `first` and `second` are those of the alias now."""
        if (traffic, first, second) != (self._traffic, self._first, self._second):
            self._traffic, self._first, self._second = traffic, first, second
            self.setAccessibleName(traffic_words(traffic))
            self.update()

    def sizeHint(self) -> QSize:
        """Return room for all requests that are looked at."""
        return QSize(LATEST_REQUESTS * (_TICK_PX + 1), 22)

    def minimumSizeHint(self) -> QSize:
        """Return room for some of them."""
        return QSize(60, 22)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint from the right, as many as there is room for."""
        painter = QPainter(self)
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), QColor(self._theme.border))
        right = self.width() - _TICK_PX
        for version in reversed(self._traffic.versions):
            if right < 0:
                break
            token, part = self._look_of(version)
            height = round((self.height() - 2) * part)
            painter.fillRect(QRect(right, self.height() - 1 - height, _TICK_PX, height), QColor(getattr(self._theme, token)))
            right -= _TICK_PX + 1
        painter.end()

    def _look_of(self, version: str) -> tuple[str, float]:
        if version == self._first:
            return "invoke", 0.55
        return ("runtime_init", 1.0) if version == self._second else ("overhead", 0.3)


def _combo(name: str) -> QComboBox:
    combo = FlatCombo()
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    combo.setMinimumWidth(90)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return combo


def _fill(combo: QComboBox, versions: Sequence[str], current: str) -> None:
    combo.clear()
    for version in versions:
        combo.addItem(version_name(version) if version else "no second", version)
    combo.setCurrentIndex(max(0, combo.findData(current)))
