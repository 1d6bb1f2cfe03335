"""The names of the panels, for commands and shortcuts."""

from __future__ import annotations

PANELS = ("functions", "editor", "configuration", "timeline", "result", "history", "versions", "queue", "inbox")
"""The panels with a key (Alt+1 and so on), in the order in which F6 visits them."""
MORE_PANELS = ("cost", "logs", "environments")
