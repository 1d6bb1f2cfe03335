"""The About dialog."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget


class AboutDialog(QMessageBox):
    """Shows name, version, license, and the Python, Qt and platform in use."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("About Lambda Workbench")
        self.setText(f"Lambda Workbench {_version()}")
        self.setInformativeText(
            "Write AWS Lambda functions, run them on your own machine as Lambda would, and see every cold start, "
            "log line and cent.\n\n"
            f"Python {platform.python_version()} · Qt {qVersion()} · {platform.system()} {platform.machine()}\n"
            "Apache License 2.0. Not made or endorsed by Amazon Web Services."
        )
        self.addButton(QMessageBox.StandardButton.Close)


def _version() -> str:
    try:
        return version("lambda-workbench")
    except PackageNotFoundError:
        return "(not installed: run from its source)"
