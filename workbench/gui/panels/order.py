"""The names of panels and layouts, for commands and shortcuts."""

from __future__ import annotations

from typing import Literal, get_args

PANELS = ("functions", "editor", "configuration", "timeline", "result", "history", "versions", "queue", "inbox")
"""The panels with a key (Alt+1 and so on)."""
MORE_PANELS = ("cost", "logs", "environments")
"""Those without one."""
LayoutName = Literal["write", "watch", "teach"]
LAYOUT_NAMES: tuple[LayoutName, ...] = get_args(LayoutName)
"""The layouts of the page, in the order of their keys."""
SIDES = {"left": "Left", "right": "Right", "above": "Up", "below": "Down"}
"""Where a view can be moved, and the arrow key for it."""
