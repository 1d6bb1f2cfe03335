"""The scenes of the gallery: what the window is shown in, what was done there, and what is looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from tests.gallery import applications, plays, poses
from tests.gallery.menus import MENUS
from tests.gallery.poses import Pose
from tests.gallery.sheets import SHEETS
from tests.gallery.sitter import Sitter
from workbench.gui.panels.order import MORE_PANELS, PANELS

VIEWS = (*PANELS, *MORE_PANELS, "concurrency")
MAIN_VIEWS = ("result", "logs", "timeline", "history", "environments")
DIALOGS = ("settings", "values", "trust", "credentials", "event.template", "function.new", "version.publish")
SHEETS_OF_COMMANDS = ("event.new", "event.rename", "function.rename", "function.duplicate", "version.compare", "alias.new",
                      "trash.show", "versions", "save.as")
"""Commands that open a dialog; the second group in a workspace where there is something to choose from."""


class Scene(NamedTuple):
    """A workspace (None: no workspace is open), what is done in it, and which views, dialogs and poses are shown.

    `is_trusted`: its folder was said to be trusted.
    """

    name: str
    make: Callable[[Path], Path] | None
    play: Callable[[Sitter], Awaitable[None]]
    views: tuple[str, ...] = MAIN_VIEWS
    dialogs: tuple[str, ...] = ()
    poses: tuple[Pose, ...] = ()
    is_trusted: bool = True


SCENES = (
    Scene("welcome", None, plays.nothing, ()),
    Scene("begun", applications.usual, plays.nothing, VIEWS),
    Scene("used", applications.usual, plays.used, (*VIEWS, "files", "events"), DIALOGS, (
        poses.TREE, poses.DIFF, poses.SOUGHT, poses.FOLDED, poses.IN_VAIN, poses.WRONG, poses.STARTS, poses.CLOCK, poses.CARD,
        poses.WRITE, poses.TEACH, poses.PRESENTED, poses.MAXIMIZED, poses.HELD, poses.DETAILS, poses.PAIR, poses.DOCTOR,
        poses.EXPECT)),
    Scene("manual", applications.usual, plays.used, ("timeline", "result", "cost")),
    Scene("taught", applications.taught, plays.taught, (), poses=(poses.PRESENTED, poses.BROKEN_LESSON)),
    Scene("published", applications.usual, plays.greeted, (), poses=(poses.VERSIONS,)),
    Scene("failed", applications.usual, plays.failed),
    Scene("answered", applications.usual, plays.answered, ("result",), poses=(poses.RESPONSE, poses.DIFF)),
    Scene("full", applications.full, plays.filled, VIEWS, poses=(poses.FOLDED, poses.METRICS, poses.CLOCK, poses.PRESENTED)),
    Scene("letters", applications.lettered, plays.letters, ("queue", "inbox", "history")),
    Scene("broken", applications.usual, plays.broken, ("functions", "result", "configuration")),
    Scene("asked", applications.brought, plays.asked, ("functions",), is_trusted=False),
    Scene("busy", applications.usual, plays.busy),
    Scene("queued", applications.usual, plays.queued, ("queue", "inbox", "concurrency")),
    Scene("canceled", applications.usual, plays.canceled),
    Scene("late", applications.hasty, plays.too_late),
    Scene("pictured", applications.pictured, plays.pictured, ("result",), poses=(poses.RESPONSE,)),
    Scene("requested", applications.reachable, plays.requested, ("result", "versions"), poses=(poses.REQUEST,)),
    Scene("debugged", applications.usual, plays.debugged, ("editor",)),
    Scene("changed", applications.usual, plays.changed, ("functions", "configuration")),
    Scene("written", applications.usual, plays.used, (), poses=(poses.FIND, poses.PROBLEM, poses.TOAST, poses.PROGRESS)),
    Scene("menus", applications.usual, plays.used, (), poses=MENUS),
    Scene("sheets", applications.usual, plays.kept, (), SHEETS_OF_COMMANDS, SHEETS),
    Scene("many", applications.many, plays.first, VIEWS),
    Scene("long", applications.long, plays.first, VIEWS),
    Scene("righttoleft", applications.right_to_left, plays.first, VIEWS),
)
