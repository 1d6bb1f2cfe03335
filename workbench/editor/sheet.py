"""Sheets: what the window asks or tells, in front of a dimmed window and with its look, instead of a stock message box."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.editor.plain_label import PlainLabel

_FIELDS = (QLineEdit, QPlainTextEdit, QComboBox, QListView)
_SHADE = QColor(0, 0, 0, 96)
_TITLE = 1.15
_MARGINS_PX = (18, 16, 18, 14)


class Sheet(QDialog):
    """A dialog without a frame, whose title is its first line. It opens at the upper middle of its window, never larger than
    the screen, with the focus in its first field. It is moved by its title and, with a size grip, resized at its corner.
    """

    def __init__(self, parent: QWidget | None = None, *, is_resizable: bool = False) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setSizeGripEnabled(is_resizable)
        self._heading = _Heading()
        self._shade: _Shade | None = None
        self._is_prepared = False
        self._placed = QRect()
        self._height_px = 0

    def setVisible(self, visible: bool) -> None:
        """Put heading, size, place and focus right before it is seen."""
        if visible and not self._is_prepared:
            self._is_prepared = True
            self._prepare()
        super().setVisible(visible)
        self._show_shade(is_shown=visible and self.isModal())

    def take_height(self) -> None:
        """Take the height of what is in it now, where that came or changed after it was shown, and stay where it is.

        Within its window, and unless the person has chosen another height.
        """
        layout = self.layout()
        if not self._is_prepared or layout is None:
            return
        layout.activate()  # which makes it higher at once where it was too low for what is in it now
        if self.height() not in (self._placed.height(), layout.minimumSize().height()):
            return
        self._height_px = max(self.sizeHint().height(), self.minimumSizeHint().height())
        self.resize(self.width(), min(self._height_px, self._room_px))
        self._placed.setHeight(self.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the upper middle of a window that gets another size, unless the person has moved the sheet."""
        window = self._window
        if window is watched and event.type() is QEvent.Type.Resize and self.pos() == self._placed.topLeft():
            self._place_over(window)
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the border that the window system leaves out."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(self.palette().placeholderText().color())
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _prepare(self) -> None:
        layout = self.layout()
        if isinstance(layout, QBoxLayout):
            layout.setContentsMargins(*_MARGINS_PX)
            layout.insertWidget(0, self._heading)
        self._heading.setText(self.windowTitle())
        self._heading.setVisible(bool(self.windowTitle()))
        window = self._window
        self.setMaximumSize((window or self).screen().availableGeometry().size())
        self._take_size()
        self._height_px = self.height()
        self._placed = self.geometry()
        if window is not None:
            self._place_over(window)
            window.installEventFilter(self)
        self._focus_first_field()

    def _place_over(self, window: QWidget) -> None:
        """Put it within its window, where what is in it can scroll, and onto the screen."""
        available = window.screen().availableGeometry()
        if self.height() == self._placed.height():  # otherwise the person has chosen another
            self.resize(self.width(), min(self._height_px, self._room_px))
        place = window.mapToGlobal(QPoint((window.width() - self.width()) // 2, window.height() // 12))
        self.move(max(available.left(), min(place.x(), available.right() + 1 - self.width())),
                  max(available.top(), min(place.y(), available.bottom() + 1 - self.height())))
        self._placed = self.geometry()

    def _take_size(self) -> None:
        """Take the height of what is in it at its width. Qt reckons it at a smaller width, and without the heading."""
        if self.testAttribute(Qt.WidgetAttribute.WA_Resized):
            self.resize(self.width(), max(self.height(), self.sizeHint().height()))
        else:
            self.adjustSize()
            layout = self.layout()
            if layout is not None and layout.hasHeightForWidth():
                layout.activate()
                self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    @property
    def _room_px(self) -> int:
        """The most height that it takes by itself: within its window, or on the screen."""
        window = self._window
        room_px = window.height() * 5 // 6 if window is not None else self.maximumHeight()
        return max(room_px, self.minimumSizeHint().height())

    @property
    def _window(self) -> QWidget | None:
        """The window that it lies over."""
        parent = self.parentWidget()
        return parent.window() if parent is not None else None

    def _focus_first_field(self) -> None:
        if self.focusWidget() is not None:
            return
        fields = (each for each in self.findChildren(QWidget) if isinstance(each, _FIELDS))
        field = next((each for each in fields if each.isEnabled() and each.isVisibleTo(self) and not _is_read_only(each)), None)
        if field is not None:
            field.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        if isinstance(field, QLineEdit):
            field.selectAll()

    def _show_shade(self, *, is_shown: bool) -> None:
        if not is_shown:
            if self._shade is not None:
                self._shade.deleteLater()
            self._shade = None
        elif self._shade is None and (window := self._window) is not None:
            self._shade = _Shade(window)


class MessageSheet(Sheet):
    """A sentence, what to know besides, and buttons. Ends with the value of the button that was pressed as its result."""

    def __init__(self, title: str, text: str, more: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._text, self._more = PlainLabel(text), PlainLabel(more)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)
        for label in (self._text, self._more):
            label.setWordWrap(True)
            label.setVisible(bool(label.text()))
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more.setObjectName("muted")
        self.buttons = QDialogButtonBox()
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for widget in (self._text, self._more):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.buttons)

    def text(self) -> str:
        """The sentence."""
        return self._text.text()

    def informativeText(self) -> str:
        """What to know besides."""
        return self._more.text()

    def offer(self, *buttons: QDialogButtonBox.StandardButton) -> None:
        """Add buttons that end it; the first one is pressed by Return."""
        for number, each in enumerate(buttons):
            button = self.buttons.addButton(each)
            button.clicked.connect(_Answer(self, each.value).give)
            button.setDefault(number == 0)
            if number == 0 and len(buttons) > 1:
                button.setObjectName("primary")
            if number == 0:
                button.setFocus()

    def add_action(self, title: str, run: Callable[[], object]) -> None:
        """Add a button that leaves the sheet open."""
        button = QPushButton(title)
        button.setAutoDefault(False)
        button.clicked.connect(run)
        self.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)

    def button(self, kind: QDialogButtonBox.StandardButton) -> QPushButton:
        """The button of a kind that was offered."""
        return self.buttons.button(kind)


class _Answer(QObject):
    def __init__(self, sheet: MessageSheet, result: int) -> None:
        super().__init__(sheet)
        self._sheet, self._result = sheet, result

    def give(self) -> None:
        self._sheet.done(self._result)


class _Heading(PlainLabel):
    """The title. Moves the sheet by the window system's own means."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sheetTitle")
        self.setWordWrap(True)
        font = self.font()
        font.setPointSizeF(max(font.pointSizeF(), 6.0) * _TITLE)
        self.setFont(font)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        handle = self.window().windowHandle()
        if event.button() is Qt.MouseButton.LeftButton and handle is not None:
            handle.startSystemMove()


class _Shade(QWidget):
    """Dims a window and follows its size. It takes no mouse: the window system keeps that from a window behind a modal one."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._behind = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(window.rect())
        window.installEventFilter(self)
        self.raise_()
        self.show()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.setGeometry(self._behind.rect())
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), _SHADE)


def _is_read_only(field: QWidget) -> bool:
    return isinstance(field, (QLineEdit, QPlainTextEdit)) and field.isReadOnly()
