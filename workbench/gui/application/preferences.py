"""What the window remembers between starts: geometry, theme, code size. An INI file whose path may be chosen (tests do)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import platformdirs
from PySide6.QtCore import QByteArray, QSettings

ThemeChoice = Literal["auto", "light", "dark"]
THEME_CHOICES: tuple[ThemeChoice, ...] = ("auto", "light", "dark")


def default_preferences_path() -> Path:
    """Where this person's preferences are."""
    return Path(platformdirs.user_config_dir("lambda-workbench", appauthor=False)) / "window.ini"


class Preferences:
    """Typed access to the INI file."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_preferences_path()
        self._settings = QSettings(str(self.path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeChoice:
        """Light, dark, or as the system says."""
        value = str(self._settings.value("appearance/theme", "auto"))
        return next((choice for choice in THEME_CHOICES if choice == value), "auto")

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._settings.setValue("appearance/theme", choice)

    @property
    def code_size_pt(self) -> float:
        """The size of code in points as the person zoomed it; 0 for the usual one."""
        try:
            size_pt = float(str(self._settings.value("appearance/code_size_pt", 0)))
        except ValueError:
            return 0.0
        return size_pt if 5 <= size_pt <= 48 else 0.0

    @code_size_pt.setter
    def code_size_pt(self, size_pt: float) -> None:
        self._settings.setValue("appearance/code_size_pt", size_pt)

    def blob(self, name: str) -> QByteArray:
        """A saved geometry or splitter state; empty when there is none."""
        value = self._settings.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def save_blob(self, name: str, value: QByteArray) -> None:
        """Keep a geometry or splitter state."""
        self._settings.setValue(f"layout/{name}", value)

    def text(self, name: str) -> str:
        """A remembered choice, for example the last function of a workspace."""
        return str(self._settings.value(f"last/{name}", ""))

    def save_text(self, name: str, value: str) -> None:
        """Remember a choice."""
        self._settings.setValue(f"last/{name}", value)

    def sync(self) -> None:
        """Write to disk now."""
        self._settings.sync()


class WorkspaceMemory:
    """What the window remembers of one workspace: `function`, `event/<function>`, and `code`, the file of the last function."""

    def __init__(self, preferences: Preferences, root: Path) -> None:
        self._preferences = preferences
        self._prefix = str(root).replace("/", "|").replace("\\", "|")

    def text(self, name: str) -> str:
        """What was chosen last, or nothing."""
        return self._preferences.text(f"{self._prefix}/{name}")

    def save_text(self, name: str, value: str) -> None:
        """Remember a choice."""
        self._preferences.save_text(f"{self._prefix}/{name}", value)
