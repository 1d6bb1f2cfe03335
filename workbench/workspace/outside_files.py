"""Files outside a workspace that its template or samconfig names: read only once the folder is trusted.

Otherwise a snippet, a nested template or a variables file could be any of the person's JSON or YAML files (cluster keys, tokens
of tools), and the folder's own functions would receive their values.
"""

from __future__ import annotations

import os
from pathlib import Path

from workbench.workspace.trusted_folders import TrustedFolders


def may_read(root: str | Path, path: Path) -> bool:
    """Whether a file lies inside the workspace (links followed) or the folder is trusted. A root of "" allows all. Blocks."""
    if not root or Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        return True
    folders = TrustedFolders()
    return bool(folders.above(Path(root))) or folders.of(Path(root)).standing == "trusted"


def left_out(what: str) -> str:
    """Say that an outside file is not read; `what` names it."""
    return f"{what} is left out: it lies outside this folder, which is not trusted ('workbench trust add' trusts it)."
