"""The About dialog."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from workbench.editor.sheet import MessageSheet


class AboutDialog(MessageSheet):
    """Shows name, version, license, and the Python, Qt and platform in use."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            f"Lambda Workbench {_version()}",
            "Write AWS Lambda functions, run them on your own machine as Lambda would, and see every cold start, "
            "log line and cent.",
            f"Python {platform.python_version()} · Qt {qVersion()} · {platform.system()} {platform.machine()}\n"
            "Apache License 2.0. Not made or endorsed by Amazon Web Services.", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.offer(QDialogButtonBox.StandardButton.Close)


def _version() -> str:
    try:
        return version("lambda-workbench")
    except PackageNotFoundError:
        return "(not installed: run from its source)"
