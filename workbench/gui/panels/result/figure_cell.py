"""One figure of the strip: its title, a value that is read from the second row, and what it was before."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import SCALE, figures_px, sized, small, with_tabular_figures
from workbench.gui.panels.result.figure_words import NONE, USUAL, Figure
from workbench.gui.panels.result.headline_places import GAP_PX, WIDE_GAP_PX, FigureSize

_GAP_PX = 4
FACTORS = (SCALE.sizes.figure, SCALE.sizes.title, SCALE.sizes.body)
LARGE = (2.8, 2.3)
"""Before an audience, where there is the width."""


class FigureCell(QWidget):
    """Keeps its place while the value changes: the figures are all of one width."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usual_px: dict[float, int] = {}
        self._value_px: dict[float, int] = {}
        self.title, self.value, self.unit, self.before = PlainLabel(title), PlainLabel(NONE), PlainLabel(), PlainLabel(" ")
        for label in (self.title, self.unit, self.before):
            label.setObjectName("muted")
        row = QHBoxLayout()
        row.setSpacing(_GAP_PX)
        row.addWidget(self.value, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.unit, 1, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addLayout(row)
        layout.addWidget(self.before)

    def show_figure(self, figure: Figure, before: Figure | None, *, has_line: bool) -> None:
        """Show a value; `before` is that of the invocation before it, None for none. `has_line`: with a line for it."""
        self.before.setVisible(has_line)
        if (figure.value, figure.unit) != (self.value.text(), self.unit.text()):
            self._value_px.clear()
        self.value.setText(figure.value)
        self.unit.setText(figure.unit)
        self.unit.setVisible(bool(figure.unit))  # it asks for some room even if it is empty
        self.before.setText(before.text if before is not None else " ")
        self.setToolTip("\n".join(filter(None, (figure.exact, f"before: {before.exact or before.text}" if before else ""))))
        spoken = f"{self.title.text()} {figure.text}"
        self.value.setAccessibleName(f"{spoken}, before {before.text}" if before is not None else spoken)

    def width_with(self, factor: float) -> int:
        """Return the width that a usual value needs in this size, or that of the present one if it is longer."""
        if factor not in self._value_px:
            self._value_px[factor] = self._figure_px(self.value.text(), self.unit.text(), factor)
        return max(self.usual_width(factor), self._value_px[factor])

    def usual_width(self, factor: float) -> int:
        """Return the width that a usual value needs in this size."""
        if factor not in self._usual_px:
            value, _, unit = USUAL[self.title.text()].partition(" ")
            title_px = label_px(self.title.text(), small(self.font()))
            self._usual_px[factor] = max(title_px, self._figure_px(value, unit, factor))
        return self._usual_px[factor]

    def changeEvent(self, event: QEvent) -> None:
        """Measure texts anew in another font."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._usual_px.clear()
            self._value_px.clear()

    @property
    def characters(self) -> int:
        """How long the present value is."""
        return len(self.value.text()) + len(self.unit.text())

    def set_size(self, factor: float) -> None:
        """Use a size of `SCALE.sizes` for the value, and keep the room of a usual one: the cells beside it stand still."""
        self.setMinimumWidth(self.width_with(factor))
        for label in (self.title, self.unit, self.before):
            label.setFont(small(self.font()))
        self.value.setFont(self._value_font(factor))

    def put(self, place: QRect) -> None:
        """Take this place, and lay out what is shown now: Qt would do so in a later turn of the loop."""
        self.setGeometry(place)
        layout = self.layout()
        assert layout is not None
        layout.activate()

    def _figure_px(self, value: str, unit: str, factor: float) -> int:
        return label_px(value, self._value_font(factor)) + (_GAP_PX + label_px(unit, small(self.font())) if unit else 0)

    def _value_font(self, factor: float) -> QFont:
        return with_tabular_figures(sized(self.font(), factor, SCALE.weights.strong))


def figure_sizes(
    cells: Sequence[FigureCell], font: QFont, factors: Sequence[float], *, has_line: bool,
) -> tuple[FigureSize, ...]:
    """Return how much room the figures need in each size. `has_line`: with a line for what was before."""
    return tuple(FigureSize(
        factor, figures_px(font, has_note=has_line, factor=factor), tuple(cell.usual_width(factor) for cell in cells),
        tuple(cell.width_with(factor) for cell in cells), WIDE_GAP_PX if factor >= SCALE.sizes.figure else GAP_PX,
    ) for factor in factors)


def label_px(text: str, font: QFont) -> int:
    """Return the width that a label with this text asks for: up to a pixel more than the text has."""
    return math.ceil(QFontMetricsF(font).horizontalAdvance(text)) + 1
