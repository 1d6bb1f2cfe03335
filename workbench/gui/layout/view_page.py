"""The page behind a tab: where a view is, or will be as soon as it is seen."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

_PREFIX = "view-"


class ViewPage(QWidget):
    """Empty until `take`. Pages are made anew with each arrangement; the views in them stay the same."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(f"{_PREFIX}{name}")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def name(self) -> str:
        """The name of its view."""
        return self.objectName().removeprefix(_PREFIX)

    def take(self, view: QWidget) -> None:
        """Show a view here, from wherever it is. The page's focus is the view's from now on."""
        former = view.parentWidget()
        if isinstance(former, ViewPage):  # or the view would lose the focus when the former page is deleted
            former.setFocusProxy(None)  # type: ignore[arg-type]  # PySide's stubs do not know that None is allowed
        self._column.addWidget(view)
        self.setFocusProxy(view)
        view.show()  # Qt would do so only in the next turn of the loop, and a hidden widget takes no focus
