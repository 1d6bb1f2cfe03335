"""The layouts Write, Watch and Teach: as they come, and as a person left them in a workspace."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.gui.layout.arrangement import Group, Part, Split
from workbench.gui.panels.order import LayoutName
from workbench.model.value import Value


class PageLayout(Value):
    """How the page is divided: `editor` is the editor's share of it, 0 if it is hidden; `is_beside` puts it on the left of the
    views and not above them; `activity` is what the side bar shows, "" if it is hidden; `has_rail`: the rail is beside it;
    `beside` is the share of the editor that the chosen event has beside the code, 0 if it is a tab like the others.
    """

    views: Part
    editor: float = 0.5
    is_beside: bool = False
    activity: str = "functions"
    has_rail: bool = True
    beside: float = 0.0


class KeptLayouts(Value):
    """What is remembered of a workspace. `own` holds the layouts that the person has changed. Widths are in logical pixels."""

    name: LayoutName = "watch"
    own: Mapping[LayoutName, PageLayout] = {}
    side_px: int = 224
    drawer_px: int = 300
    is_drawer_open: bool = False

    @property
    def layout(self) -> PageLayout:
        """The layout to show."""
        return self.own.get(self.name, LAYOUTS[self.name])


_WATCHING = ("timeline", "environments", "cost", "concurrency")
_READING = ("logs", "result", "history", "queue", "inbox")
_ALL = ("result", "logs", "timeline", "history", "cost", "environments", "concurrency", "queue", "inbox")

LAYOUTS: dict[LayoutName, PageLayout] = {
    # Code first, and the event that it gets; everything else shares one place below them.
    "write": PageLayout(Group(_ALL), editor=0.62, beside=0.36),
    # What happens on the left, what was answered on the right.
    "watch": PageLayout(Split((Group(_WATCHING), Group(_READING, "result")), (0.58, 0.42)), editor=0.47),
    # Read from the second row: code beside the timeline, and the log below that. No list on the left.
    "teach": PageLayout(Split((Group(_WATCHING), Group(_READING)), (0.55, 0.45), is_vertical=True), editor=0.42, is_beside=True,
                        activity=""),
}
"""The layouts as they come."""
PRESENTATION = PageLayout(Split((Group(_WATCHING), Group(_READING)), (0.62, 0.38), is_vertical=True), editor=0.0, activity="",
                          has_rail=False)
"""Timeline and log, and nothing beside them. In large type the timeline needs most of the height."""
