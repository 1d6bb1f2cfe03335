"""What a step has below its title: as high as that, and where it is too much for the window, it scrolls."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.look.scale import SCALE

_SHARE = 0.36
"""Of the window's height, at most: the code is below it."""


class StepBody(QScrollArea):
    """Keys and the wheel scroll it."""

    def __init__(self, *parts: QWidget) -> None:
        super().__init__()
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SCALE.spacing_px.small)
        for part in parts:
            self._column.addWidget(part)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setObjectName("framed")  # shows its focus
        self.setAccessibleName("The step")
        self.viewport().setAutoFillBackground(False)
        self.setWidget(self._content)
        self._content.setAutoFillBackground(False)  # QScrollArea has just set it
        self._content.installEventFilter(self)

    def fit(self) -> None:
        """Take the height that is right now."""
        width_px = self.viewport().width()
        column = self._column
        wanted_px = column.heightForWidth(width_px) if column.hasHeightForWidth() else column.sizeHint().height()
        most_px = round(self.window().height() * _SHARE)
        self.setFixedHeight(min(wanted_px + 2 * self.frameWidth() + 2, most_px))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if wanted_px > most_px else Qt.FocusPolicy.NoFocus)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width needs another height."""
        super().resizeEvent(event)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what is in it."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.fit()
        return super().eventFilter(watched, event)
