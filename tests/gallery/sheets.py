"""Poses with a sheet that no command of a workspace opens."""

from __future__ import annotations

from tests.gallery.poses import Act, Pose, nothing
from tests.gallery.sitter import Sitter, until
from workbench.gui.dialogs.history_dialogs import ForgetDialog
from workbench.model.failures import WorkspaceError

MANY = 1_200
"""So many forgotten invocations cannot be brought back."""


def _of_window(command: str) -> Act:
    async def take(sitter: Sitter) -> None:
        sitter.window.actions_by_id[command].trigger()
        await until(lambda: bool(sitter.others()))

    return take


def _of_history(action: str) -> Act:
    async def take(sitter: Sitter) -> None:
        await sitter.carry_out(action, 1)

    return take


async def _forget(sitter: Sitter) -> None:
    ForgetDialog(MANY, sitter.workspace.page).open()


async def _edit(sitter: Sitter) -> None:
    await _send_held(sitter)
    queue = sitter.workspace.asynchronous
    row = queue.queue_reader.rows.row(0)
    assert row is not None
    queue.queue_commands.edit(row)
    await until(lambda: bool(sitter.others()))


async def _drop_all(sitter: Sitter) -> None:
    await _send_held(sitter)
    sitter.workspace.asynchronous.queue_commands.drop_all()
    await until(lambda: bool(sitter.others()))


async def _send_held(sitter: Sitter) -> None:
    """Have an event in the queue."""
    reader = sitter.workspace.asynchronous.queue_reader
    sitter.window.run("focus.queue")
    if not reader.rows.waiting:
        await sitter.workspace.link.client.queue.hold()
        await sitter.workspace.link.client.queue.send("Greeting", b'{"name": "World"}')
    await until(lambda: bool(reader.rows.count))


async def _limits(sitter: Sitter) -> None:
    sitter.window.run("focus.timeline")
    card = sitter.workspace.panels.timeline.panel.card
    card.limits_button.click()
    await until(lambda: bool(sitter.others()))


async def _refuse(sitter: Sitter) -> None:
    sitter.reporter.report(WorkspaceError("The file app.py cannot be written: No space left on device.",
                                                 "Make room on the disk, then save again."))
    await until(lambda: bool(sitter.others()))


SHEETS = (
    Pose("workspacenew", _of_window("workspace.new"), nothing),
    Pose("about", _of_window("about"), nothing),
    Pose("name", _of_history("name"), nothing),
    Pose("retention", _of_history("retention"), nothing),
    Pose("forget", _forget, nothing),
    Pose("queueedit", _edit, nothing),
    Pose("queuedrop", _drop_all, nothing),
    Pose("limits", _limits, nothing),
    Pose("refused", _refuse, nothing),
)
