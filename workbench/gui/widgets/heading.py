"""A name in bold above what belongs to it."""

from __future__ import annotations

from workbench.gui.look.scale import strong
from workbench.gui.widgets.elided_label import ElidedLabel


class Heading(ElidedLabel):
    """Ends with an ellipsis where there is no room; the tool tip has the whole name."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setFont(strong(self.font()))
        self.show_name(name)

    def show_name(self, name: str) -> None:
        """Show another name; "" for none."""
        self.setText(name)
        self.setToolTip(name)
