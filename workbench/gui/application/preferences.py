"""What the window remembers between starts: geometry, theme, code size, last choices. One INI file; tests pass their own path."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QByteArray, QSettings

from workbench.storage.person_folders import configuration_folder

ThemeChoice = Literal["auto", "light", "dark", "high-contrast"]
THEME_CHOICES: tuple[ThemeChoice, ...] = ("auto", "light", "dark", "high-contrast")


def default_preferences_path() -> Path:
    """Return the path of this person's preferences."""
    return Path(configuration_folder()) / "window.ini"


class Preferences:
    """Typed access to the INI file. Values are checked when read, because a person can edit the file."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_preferences_path()
        # An explicit path: without one, QSettings chooses by organization and application name, which tests share.
        self._settings = QSettings(str(self.path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeChoice:
        """The theme the person chose; "auto" follows the system, and stands for an unknown value."""
        value = str(self._settings.value("appearance/theme", "auto"))
        return next((choice for choice in THEME_CHOICES if choice == value), "auto")

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._settings.setValue("appearance/theme", choice)

    @property
    def code_size_pt(self) -> float:
        """The zoomed font size of code in points; 0 for the default size, or if the value is unusable."""
        try:
            size_pt = float(str(self._settings.value("appearance/code_size_pt", 0)))
        except ValueError:
            return 0.0
        return size_pt if 5 <= size_pt <= 48 else 0.0

    @code_size_pt.setter
    def code_size_pt(self, size_pt: float) -> None:
        self._settings.setValue("appearance/code_size_pt", size_pt)

    def blob(self, name: str) -> QByteArray:
        """Return a saved geometry or splitter state; empty if there is none."""
        value = self._settings.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def save_blob(self, name: str, value: QByteArray) -> None:
        """Store a geometry or splitter state."""
        self._settings.setValue(f"layout/{name}", value)

    def text(self, name: str) -> str:
        """Return a remembered choice, for example a workspace's last function; "" if there is none."""
        return str(self._settings.value(f"last/{name}", ""))

    def save_text(self, name: str, value: str) -> None:
        """Remember a choice."""
        self._settings.setValue(f"last/{name}", value)

    def sync(self) -> None:
        """Write to disk now; otherwise Qt does so some time later."""
        self._settings.sync()


class WorkspaceMemory:
    """What the window remembers of one workspace: `function`, `event/<function>`, and `code`, the last function's file."""

    def __init__(self, preferences: Preferences, root: Path) -> None:
        self._preferences = preferences
        # QSettings reads slashes in a key as groups, and turns backslashes into slashes (QSettings, "Section and Key Syntax").
        self._prefix = str(root).replace("/", "|").replace("\\", "|")

    def text(self, name: str) -> str:
        """Return what was chosen last; "" if nothing was."""
        return self._preferences.text(f"{self._prefix}/{name}")

    def save_text(self, name: str, value: str) -> None:
        """Remember a choice."""
        self._preferences.save_text(f"{self._prefix}/{name}", value)
