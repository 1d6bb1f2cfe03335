"""Files outside of a workspace that its template or samconfig names: read once the folder is trusted.

A snippet, a nested template or a file of variables could otherwise be any JSON or YAML of the person's (keys of a cluster, tokens
of tools), whose values the folder's own functions would be given.
"""

from __future__ import annotations

import os
from pathlib import Path

from workbench.workspace.trusted_folders import TrustedFolders


def may_read(root: str | Path, path: Path) -> bool:
    """Whether a file lies in the workspace's folder, links followed, or the folder is trusted. "" bounds nothing. Blocks."""
    if not root or Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        return True
    folders = TrustedFolders()
    return bool(folders.above(Path(root))) or folders.of(Path(root)).standing == "trusted"


def left_out(what: str) -> str:
    """The sentence on one that is not read."""
    return f"{what} is left out: it lies outside of this folder, which is not trusted ('workbench trust add' trusts it)."
