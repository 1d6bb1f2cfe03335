"""The fonts that come with the program: Inter for text, JetBrains Mono for code, both under the SIL Open Font License 1.1."""

from __future__ import annotations

import logging

from PySide6.QtGui import QFontDatabase

from workbench.resource_files import resource_path

UI_FAMILY, MONO_FAMILY = "Inter", "JetBrains Mono"
_FILES = ("Inter-Regular", "Inter-Medium", "Inter-SemiBold", "JetBrainsMono-Regular", "JetBrainsMono-SemiBold")
_log = logging.getLogger(__name__)


def load_fonts() -> tuple[str, str]:
    """Make them known to Qt, and return the families for text and for code. Where they cannot be read, the system's serve.

    Needs the QApplication. A file takes 1 to 4 ms.
    """
    for name in _FILES:
        path = resource_path(f"fonts/{name}.ttf")
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            _log.warning("The font %s cannot be used: the system's font serves.", path.name)
            return _of_the_system()
    return UI_FAMILY, MONO_FAMILY


def _of_the_system() -> tuple[str, str]:
    kinds = QFontDatabase.SystemFont.GeneralFont, QFontDatabase.SystemFont.FixedFont
    ui, mono = (QFontDatabase.systemFont(kind).family() for kind in kinds)
    return ui, mono
