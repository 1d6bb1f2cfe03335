"""Where the money of a month goes: one bar for each architecture, divided into what it is paid for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import DARK, Theme
from workbench.model.function import Architecture
from workbench.model.prices import format_usd
from workbench.model.projection import Projection

Bar = tuple[Architecture, Projection]
_TOKENS = {"requests": "info", "running": "invoke", "cold starts": "function_init", "storage": "overhead",
           "provisioned": "runtime_init"}
_GAP = 8


class _Bars(QWidget):
    """The bars. The longest is as wide as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK
        self.bars: Sequence[Bar] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Qt's hook."""
        return QSize(0, len(self.bars) * self._row_height())

    def _row_height(self) -> int:
        return int(self.fontMetrics().height() * 1.5)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt's hook."""
        painter, metrics = QPainter(self), self.fontMetrics()
        most = max((projection.usd for _, projection in self.bars), default=Decimal(0))
        names = max(metrics.horizontalAdvance(name) for name in ("x86_64", "arm64")) + _GAP
        sums = max((metrics.horizontalAdvance(format_usd(each.usd)) for _, each in self.bars), default=0) + _GAP
        room = max(self.width() - names - sums, 0)
        for row, (name, projection) in enumerate(self.bars):
            line = QRectF(0, row * self._row_height(), self.width(), self._row_height())
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), name)
            x = float(names)
            for share in projection.shares if most else ():
                width = float(share.usd / most) * room
                color = QColor(getattr(self.theme, _TOKENS[share.name]))
                painter.fillRect(QRectF(x, line.top() + 3, width, line.height() - 6), color)
                x += width
            painter.setPen(QColor(self.theme.text))
            painter.drawText(line.adjusted(x + _GAP, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), format_usd(projection.usd))
        painter.end()


class MoneyBars(QWidget):
    """The bars, and below them the parts of the first in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = _Bars()
        self._words = PlainLabel()
        self._words.setTextFormat(Qt.TextFormat.RichText)  # safe, as these are our own words; the squares need their colors
        self._words.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(2)
        layout.addWidget(self._bars)
        layout.addWidget(self._words)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._bars.theme = theme
        self.show_bars(self._bars.bars)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show these, the function's own architecture first."""
        self._bars.bars = bars
        self._bars.updateGeometry()
        self._bars.update()
        self._words.setText(self._legend(bars[0][1]) if bars else "")
        told = "; ".join(f"{name} {format_usd(each.usd)}: {_spoken(each)}" for name, each in bars)
        self._bars.setAccessibleName(told)
        self.setToolTip(told)

    def _legend(self, projection: Projection) -> str:
        theme = self._bars.theme
        return "&nbsp;&nbsp; ".join(
            f'<span style="color:{getattr(theme, _TOKENS[share.name])}">■</span>&nbsp;'
            f'<span style="color:{theme.muted}">{share.name.replace(" ", "&nbsp;")}&nbsp;{format_usd(share.usd)}</span>'
            for share in projection.shares)


def _spoken(projection: Projection) -> str:
    return ", ".join(f"{share.name} {format_usd(share.usd)}" for share in projection.shares)
