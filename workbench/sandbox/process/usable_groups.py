"""Chooses among the control groups of this machine that we may use."""

from __future__ import annotations

import sys

from workbench.sandbox.process.control_group import ControlGroups, NoControlGroups
from workbench.sandbox.process.control_group_v1 import usable_v1
from workbench.sandbox.process.control_group_v2 import usable_v2


def usable_groups() -> ControlGroups:
    """Groups of the version with the most controllers for us; without any, groups that do nothing. Takes a millisecond.

    On machines with both versions, each controller belongs to one of them. In containers, all is often read-only or absent.
    """
    tried: list[ControlGroups | None] = [usable_v2(), usable_v1()] if sys.platform == "linux" else []
    found = [groups for groups in tried if groups is not None]
    best = max(found, key=lambda groups: len(groups.enforced), default=NoControlGroups())
    for groups in found:
        if groups is not best:
            groups.close()
    return best
