"""The panels by name, as commands and shortcuts know them."""

from __future__ import annotations

PANELS = ("functions", "editor", "configuration", "timeline", "result", "history")
"""Those with a key, in the order in which F6 goes round."""
MORE_PANELS = ("cost", "logs", "environments")
