"""Where a person's configuration and state are: `platformdirs` knows for every system.

On Linux it takes 3 ms of the window's start, so there the rule of the XDG Base Directory Specification stands here.
"""

from __future__ import annotations

import os
import sys

APPLICATION = "lambda-workbench"


def configuration_folder() -> str:
    """Return the path of the person's configuration of ours, which need not exist."""
    if (folder := _named_by_xdg("XDG_CONFIG_HOME", "~/.config")) is not None:
        return folder
    import platformdirs

    return platformdirs.user_config_dir(APPLICATION, appauthor=False)


def state_folder() -> str:
    """Return the path of the person's state of ours, which need not exist."""
    if (folder := _named_by_xdg("XDG_STATE_HOME", "~/.local/state")) is not None:
        return folder
    import platformdirs

    return platformdirs.user_state_dir(APPLICATION, appauthor=False)


def _named_by_xdg(variable: str, usual: str) -> str | None:
    """None on other systems, and for a value that is no whole path, for which platformdirs has its rules."""
    folder = os.environ.get(variable) or os.path.expanduser(usual)
    return os.path.join(folder, APPLICATION) if sys.platform == "linux" and os.path.isabs(folder) else None
