"""Light, dark or high contrast: chooses the theme and applies it to Qt's palette, fonts and style sheet."""

from __future__ import annotations

from collections.abc import Callable
from math import isclose
from typing import NamedTuple, Protocol, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from workbench.gui.application.preferences import Preferences, ThemeChoice
from workbench.gui.look.fonts import load_fonts
from workbench.gui.look.scale import with_tabular_figures
from workbench.gui.look.style_sheet import style_sheet
from workbench.gui.look.theme import DARK, HIGH_CONTRAST, LIGHT, Theme

_CHOSEN = {"light": LIGHT, "dark": DARK, "high-contrast": HIGH_CONTRAST}
STYLE = "fusion"
"""For the application's argument `-style`. A style that is read or set later costs 7 ms, in which PySide creates its classes."""


class Themed(Protocol):
    """A part of the window (a QObject) that is painted in the theme's colors."""

    def set_theme(self, theme: Theme) -> None:
        """Paint in the colors of `theme`."""


ThemedT = TypeVar("ThemedT", bound=Themed)
_OWN_SIZE = "ownSizePt"
"""The property of a widget that has the size of a font that it was given, without enlargement."""


class _Sized(NamedTuple):
    """A widget with the size of its font as it is, and without enlargement."""

    widget: QWidget
    size_pt: float
    own_pt: float


class Appearance(QObject):
    """Chooses and applies the theme. Emits `theme_changed(Theme)` once the palette is in place."""

    theme_changed = Signal(object)

    def __init__(self, application: QApplication, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._preferences = preferences
        self._families = load_fonts()
        self._size_pt = application.font().pointSizeF()
        self._scale = 1.0
        self._tells_later = False
        self._steps: list[Callable[[], None]] = []
        self._held: set[QWidget] = set()
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._step)
        self.theme = self._wanted()
        hints = application.styleHints()
        hints.colorSchemeChanged.connect(self._on_system_changed)
        hints.accessibility().contrastPreferenceChanged.connect(self._on_system_changed)

    @property
    def choice(self) -> ThemeChoice:
        """The person's choice: auto, or one of the themes."""
        return self._preferences.theme

    def choose(self, choice: ThemeChoice) -> None:
        """Remember the person's choice and apply it."""
        self._preferences.theme = choice
        self._change()

    def dress(self, part: ThemedT) -> ThemedT:
        """Paint a part in the theme's colors now, and again whenever the theme changes until the part is deleted.

        Between `prepare` and `complete` not now, but then, together with all others.
        """
        if not self._tells_later:
            part.set_theme(self.theme)
        self.theme_changed.connect(part.set_theme)
        return part

    def enlarge(self, scale: float, then: Callable[[], None] = lambda: None) -> None:
        """Begin to show all text `scale` times as large as the person's font, in steps as another theme; 1.0 is its own size.

        Nothing is painted from now on until it is done. `then` is the last step before that.
        """
        self._hold_painting()
        sizes: list[_Sized] = []
        self._begin([lambda: self._note_sizes(sizes), self._take_off, lambda: self._resize(scale), self._put_on, self._tell,
                     lambda: self._enlarge_given(sizes), then, self._paint_again])

    def apply(self) -> None:
        """Set palette, fonts and style sheet at once. They are designed for the style STYLE."""
        self._change()
        while self._steps:
            self._step()

    @property
    def is_changing(self) -> bool:
        """Whether a change of the theme is on its way."""
        return bool(self._steps)

    def prepare(self) -> None:
        """Apply all but the style sheet. With one in place, Qt styles a widget anew each time it gets another parent."""
        self.theme, self._tells_later = self._wanted(), True
        font = self._application.font()
        font.setFamilies([self.theme.ui_family])
        if self._size_pt > 0:  # a font of the system may be measured in pixels
            font.setPointSizeF(self._size_pt * self._scale)
        self._application.setFont(with_tabular_figures(font))
        # Always our own palette: where the platform plugin knows no color schemes, Qt's stays light whatever is chosen.
        self._application.setPalette(palette(self.theme))

    def complete(self) -> None:
        """Apply the style sheet, once the window's widgets are put together, and paint all parts in the theme's colors."""
        self._put_on()
        self._tell()

    def _change(self) -> None:
        """Begin to apply the theme, a step in each turn of the loop. Nothing is painted until all have been done.

        With all panels made, it takes an eighth of a second in all, and no step more than 60 ms.
        """
        # Taken off first: replacing one sheet by another takes Qt several times as long, two thirds of a second.
        self._begin([self._take_off, self.prepare, self._put_on, self._tell, self.enlarge_lost, self._paint_again])

    def _begin(self, steps: list[Callable[[], None]]) -> None:
        self._steps += steps  # after those of a change that is on its way: it leaves nothing half done
        self._turn.start()

    def _step(self) -> None:
        step = self._steps.pop(0)
        try:
            step()
        finally:  # whatever a part of the window makes of it, painting must go on
            if self._steps:
                self._turn.start()
            else:
                self._turn.stop()

    def _hold_painting(self) -> None:
        # Also of what has no parent yet, and may have one when the change is done: a page of a workspace that is being opened.
        for widget in self._application.topLevelWidgets():
            widget.setUpdatesEnabled(False)
            self._held.add(widget)

    def _take_off(self) -> None:
        self._hold_painting()
        self._application.setStyleSheet("")

    def _note_sizes(self, sizes: list[_Sized]) -> None:
        for widget in self._application.allWidgets():
            size_pt = widget.font().pointSizeF()
            sizes.append(_Sized(widget, size_pt, self._own_size(widget, size_pt)))

    def _own_size(self, widget: QWidget, size_pt: float) -> float:
        """Return the size without enlargement. Qt puts an earlier font back when a widget gets another parent."""
        known = widget.property(_OWN_SIZE)
        is_known = isinstance(known, float) and any(isclose(size_pt, known * scale) for scale in (1.0, self._scale))
        return known if is_known else size_pt / self._scale

    def _resize(self, scale: float) -> None:
        self._scale = scale
        self.prepare()

    def _enlarge_given(self, sizes: list[_Sized]) -> None:
        # A font that a widget has been given does not follow the application's, unless it is set anew with each theme.
        for widget, size_pt, own_pt in sizes:
            if isValid(widget) and widget.font().pointSizeF() == size_pt > 0:
                self._enlarge(widget, own_pt)

    def enlarge_lost(self) -> None:
        """Enlarge again what is small: Qt gives widgets the font back that they had before, without its style sheet and when
        they get another parent. Call it when that has happened.
        """
        for widget in self._application.allWidgets() if self._scale != 1.0 else ():
            own_pt = widget.property(_OWN_SIZE)
            if isinstance(own_pt, float) and isclose(widget.font().pointSizeF(), own_pt):
                self._enlarge(widget, own_pt)

    def _enlarge(self, widget: QWidget, own_pt: float) -> None:
        if widget.testAttribute(Qt.WidgetAttribute.WA_SetFont):
            font = widget.font()
            font.setPointSizeF(own_pt * self._scale)
            widget.setFont(font)
            widget.setProperty(_OWN_SIZE, own_pt)

    def _put_on(self) -> None:
        self._application.setStyleSheet(style_sheet(self.theme))

    def _tell(self) -> None:
        self._tells_later = False
        self.theme_changed.emit(self.theme)

    def _paint_again(self) -> None:
        held, self._held = self._held, set()
        for widget in filter(isValid, held):
            widget.setUpdatesEnabled(True)
            # Qt forgets what had been asked for before painting was held, if its turn came meanwhile, and takes every later wish
            # for a part of that: nothing of the window would be painted any more until it gets another size.
            QCoreApplication.postEvent(widget, QEvent(QEvent.Type.UpdateRequest), Qt.EventPriority.LowEventPriority.value)

    def _wanted(self) -> Theme:
        return (_CHOSEN.get(self._preferences.theme) or self._of_the_system()).with_fonts(*self._families)

    def _of_the_system(self) -> Theme:
        hints = self._application.styleHints()
        if hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast:
            return HIGH_CONTRAST
        return DARK if hints.colorScheme() is Qt.ColorScheme.Dark else LIGHT

    def _on_system_changed(self, _value: object) -> None:
        if self._preferences.theme == "auto":
            self._change()


def mono_font(theme: Theme, zoom: int = 0) -> QFont:
    """Return the font for code, payloads and logs; `zoom` in points relative to the application's font."""
    font = QFont(theme.mono_family)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSize(max(6, QApplication.font().pointSize() + zoom))
    return font


def palette(theme: Theme) -> QPalette:
    """Return Qt's palette for a theme."""
    built = QPalette()
    for role, color in _roles(theme).items():
        built.setColor(role, QColor(color))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        built.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faded))
    return built


def _roles(theme: Theme) -> dict[QPalette.ColorRole, str]:
    role = QPalette.ColorRole
    return {
        role.Window: theme.panel, role.WindowText: theme.text, role.Base: theme.window, role.AlternateBase: theme.surface,
        role.Text: theme.text, role.Button: theme.surface, role.ButtonText: theme.text, role.BrightText: theme.error,
        role.ToolTipBase: theme.surface, role.ToolTipText: theme.text, role.PlaceholderText: theme.muted,
        role.Highlight: theme.marked, role.HighlightedText: theme.text, role.Accent: theme.accent,
        role.Link: theme.syntax_function, role.LinkVisited: theme.syntax_keyword,
        role.Light: theme.surface, role.Midlight: theme.border, role.Mid: theme.border, role.Dark: theme.border,
        role.Shadow: theme.window,
    }
