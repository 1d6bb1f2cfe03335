"""Above the grid: what runs of the account's limit, in numbers and as a line; and below it, what the cells' looks mean."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.concurrency.cell_pictures import CellPictures
from workbench.gui.panels.concurrency.grid_words import account_words, metrics_tip, metrics_words
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.state.concurrency import ConcurrencyGrid

FIGURES = ("Invocations that run, of the account's limit; what functions that reserve nothing share of it; "
           "execution environments on this machine, of how many it runs at most; sandboxes prepared ahead, which are none yet.")
_TRACK_PX = 6
_LOOKS = ("busy", "idle", "initializing", "provisioned", "prepared", "stopping")
_SAMPLE_PX = 11


class AccountTrack(QWidget):
    """How much of the account's concurrency runs: a bar that ends at the limit, which is a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = DARK
        self._used, self._limit = 0, 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Account's concurrency")

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.update()

    def show_use(self, used: int, limit: int) -> None:
        """Show how many invocations run of how many; a limit of 0 is not known yet."""
        if (used, limit) != (self._used, self._limit):
            self._used, self._limit = used, limit
            self.setVisible(limit > 0)
            self.setToolTip(f"{used:,} of the account's {limit:,} run at a time. The line at the right is the limit.")
            self.update()

    def sizeHint(self) -> QSize:
        """Return the height of the line at its end."""
        return QSize(120, _TRACK_PX + 6)

    def minimumSizeHint(self) -> QSize:
        """Return a width at which a bar can still be seen."""
        return QSize(40, _TRACK_PX + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint bar and line."""
        painter, width = QPainter(self), self.width() - 2
        top = (self.height() - _TRACK_PX) // 2
        painter.fillRect(QRect(0, top, width, _TRACK_PX), QColor(self._theme.idle))
        if self._used:
            is_full = self._used >= self._limit
            used_px = min(max(2, round(width * self._used / max(self._limit, 1))), width)
            painter.fillRect(QRect(0, top, used_px, _TRACK_PX), QColor(self._theme.error if is_full else self._theme.invoke))
        painter.setPen(QPen(QColor(self._theme.muted), 2))
        painter.drawLine(width, 0, width, self.height())
        painter.end()


class ConcurrencyHeader(QWidget):
    """Numbers, the account's line, use of provisioned concurrency, and a sentence while requests wait for this machine."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figures, self.waits, self.track = ElidedLabel(), ElidedLabel(), AccountTrack()
        self.provisioned = ElidedLabel()
        self.provisioned.setObjectName("muted")
        for line in (self.provisioned, self.waits):
            line.hide()
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.figures)
        top.addWidget(self.track, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 6)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(self.provisioned)
        layout.addWidget(self.waits)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.track.set_theme(theme)
        self.waits.setStyleSheet(f"color: {theme.warning};")

    def show_grid(self, grid: ConcurrencyGrid) -> None:
        """Show the present numbers."""
        self.track.show_use(grid.running, grid.account.limit if grid.account is not None else 0)
        _write(self.figures, account_words(grid))
        self.figures.setToolTip(FIGURES)
        provisioned = metrics_words(grid)
        _write(self.provisioned, provisioned)
        self.provisioned.setVisible(bool(provisioned))
        self.provisioned.setToolTip(metrics_tip(grid))
        waits = grid.waits
        _write(self.waits, f"◷ {waits}" if waits else "")
        self.waits.setToolTip(f"{waits} This machine's own limit, none of Lambda's: nothing is throttled." if waits else "")
        self.waits.setVisible(bool(waits))


class Legend(QWidget):
    """Each look of a cell, with its word."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = DARK
        self.setToolTip("Busy cells fade after their invocation. A dotted frame is a place below a ceiling that nothing takes; "
                        "lines are ceilings: provisioned concurrency, and what the function reserves.")

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return one line of text."""
        return QSize(300, self.fontMetrics().height() + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint as many as there is room for."""
        painter, pictures = QPainter(self), CellPictures(self._theme, _SAMPLE_PX, self.devicePixelRatioF())
        painter.setPen(QColor(self._theme.muted))
        left, metrics = 14, self.fontMetrics()
        for look in _LOOKS:
            word_px = metrics.horizontalAdvance(look)
            if left + _SAMPLE_PX + 5 + word_px > self.width():
                break
            painter.drawPixmap(left, (self.height() - _SAMPLE_PX) // 2, pictures.example(look))
            place = QRect(left + _SAMPLE_PX + 5, 0, word_px + 2, self.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), look)
            left += _SAMPLE_PX + 5 + word_px + 14
        painter.end()


def _write(label: ElidedLabel, text: str) -> None:
    if label.text() != text:  # a new text lays out the window again
        label.setText(text)
