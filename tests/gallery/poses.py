"""What a person does in a view before a picture is taken of it, and how everything is put back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tests.gallery.sitter import Sitter, until
from workbench.gui.dialogs.doctor_dialog import DoctorDialog
from workbench.gui.panels.log.log_panel import LogPanel
from workbench.gui.panels.result.result_panel import ResultPanel

Act = Callable[[Sitter], Awaitable[None]]


class Pose(NamedTuple):
    """A state of the window that no command alone leads to. `name` is part of the picture's, so it is one word."""

    name: str
    take: Act
    leave: Act


def _log(sitter: Sitter) -> LogPanel:
    sitter.window.run("focus.logs")
    return sitter.workspace.panels.logs.panel


def _result(sitter: Sitter) -> ResultPanel:
    sitter.window.run("focus.result")
    return sitter.workspace.panels.result.panel


async def _fold(sitter: Sitter) -> None:
    log = _log(sitter)
    log.bar.fold.setChecked(True)
    await until(lambda: log.lines.rowCount() > 0)
    log.view.set_open(log.lines.rowCount() - 1, True)
    await sitter.settle()


async def _unfold(sitter: Sitter) -> None:
    _log(sitter).bar.fold.setChecked(False)


async def _chart(sitter: Sitter) -> None:
    log = _log(sitter)
    log.bar.metrics.setChecked(True)
    await until(lambda: log.metrics is not None and log.metrics.model.rowCount() > 0)


async def _no_chart(sitter: Sitter) -> None:
    _log(sitter).bar.metrics.setChecked(False)


async def _search_in_vain(sitter: Sitter) -> None:
    log = _log(sitter)
    log.bar.filter_box.setText("level:error and nothing like this")
    log.bar.apply()
    await until(lambda: log.lines.hits is not None and log.lines.hits.searched >= 1)


async def _search_no_more(sitter: Sitter) -> None:
    log = _log(sitter)
    log.bar.filter_box.clear()
    log.bar.apply()
    await until(lambda: log.lines.rowCount() > 0)


def _looking(name: str) -> Act:
    async def choose(sitter: Sitter) -> None:
        _result(sitter).answers.choose(name)

    return choose


def _running(command: str) -> Act:
    async def run(sitter: Sitter) -> None:
        sitter.window.run(command)

    return run


async def _compare_versions(sitter: Sitter) -> None:
    client = sitter.workspace.link.client
    if len(await client.versions.versions("Greeting")) == 1:  # $LATEST alone
        await client.versions.publish("Greeting", "As it was")
        path = sitter.workspace.model.workspace.root / "greeting" / "app.py"
        path.write_text(path.read_text("utf-8").replace("Hello", "Good day"), "utf-8")
        await client.refresh()
        await client.versions.publish("Greeting", "More polite")
    versions = sitter.workspace.versions
    await until(lambda: versions.function_name == "Greeting" and len(versions.versions) > 2)
    sitter.workspace.comparisons.compare("2")
    await until(lambda: bool(sitter.others()))
    await sitter.settle()


async def _look_back(sitter: Sitter) -> None:
    """The details of the last invocation."""
    await sitter.carry_out("details", 1)


async def _look_at_two(sitter: Sitter) -> None:
    await sitter.carry_out("compare", 2)


def _deed(command: str, undo: str) -> tuple[Act, Act]:
    return _running(command), _running(undo)


async def _expect(sitter: Sitter) -> None:
    sitter.window.run("event.open")
    sitter.window.run("event.expect")


async def _expect_no_more(sitter: Sitter) -> None:
    for _ in range(2):
        sitter.window.run("close.tab")


async def _compare_starts(sitter: Sitter) -> None:
    sitter.window.run("focus.timeline")
    cold = {each.request_id for each in sitter.workspace.session.history.newest_first() if each.is_cold}
    sitter.workspace.panels.timeline.panel.card.compare(cold)


async def _compare_no_starts(sitter: Sitter) -> None:
    sitter.workspace.panels.timeline.panel.card.compare(set())


async def _by_the_clock(sitter: Sitter) -> None:
    sitter.window.run("focus.timeline")
    sitter.workspace.panels.timeline.panel.filter.group("function")


async def _aligned(sitter: Sitter) -> None:
    sitter.workspace.panels.timeline.panel.filter.group("aligned")


async def _open_card(sitter: Sitter) -> None:
    sitter.window.run("focus.timeline")
    sitter.workspace.panels.timeline.panel.card.open_button.setChecked(True)


async def _close_card(sitter: Sitter) -> None:
    sitter.workspace.panels.timeline.panel.card.open_button.setChecked(False)


async def _find(sitter: Sitter) -> None:
    sitter.window.run("focus.editor")
    sitter.editor.bars.open_replace()
    sitter.editor.bars.find_bar.find_edit.setText("event")


async def _find_no_more(sitter: Sitter) -> None:
    sitter.editor.bars.find_bar.close_button.click()


async def _mistype(sitter: Sitter) -> None:
    sitter.window.run("focus.editor")
    editor = sitter.editor
    editor.replace_text(editor.text().replace("def handler(event, context):", "def handler(event, context)"))
    await until(lambda: bool(editor.problems.all()))


async def _type_right(sitter: Sitter) -> None:
    editor = sitter.editor
    editor.view.undo()
    await until(lambda: not editor.is_modified and not editor.problems.all())


async def _search_answer(sitter: Sitter) -> None:
    answers = _result(sitter).answers
    answers.open_search()
    answers.search.edit.setText("m")


async def _search_answer_no_more(sitter: Sitter) -> None:
    _result(sitter).answers.search.left.emit()


async def _search_wrongly(sitter: Sitter) -> None:
    log = _log(sitter)
    log.bar.filter_box.setText("/order (/")
    log.bar.apply()
    await until(log.bar.problem.isVisible)


async def _look_at_request(sitter: Sitter) -> None:
    _result(sitter)
    sitter.workspace.panels.result.panel.body.toggle.click()


async def _examine(sitter: Sitter) -> None:
    sitter.window.run("doctor")
    await until(lambda: any(isinstance(each, DoctorDialog) and "Looking" not in each.text for each in sitter.others()))


async def _load(sitter: Sitter) -> None:
    sitter.workspace.page.notice.show_progress("Downloading public.ecr.aws/lambda/python:3.13: 96 of 231 MB, 18 MB/s", 0.42)


async def _load_no_more(sitter: Sitter) -> None:
    sitter.workspace.page.notice.end_progress()


async def nothing(_: Sitter) -> None:
    """What lies over the window is closed anyway."""


async def _look_at_broken_lesson(sitter: Sitter) -> None:
    sitter.workspace.lessons.course.choose("02-broken.md")


async def _look_at_lesson(sitter: Sitter) -> None:
    sitter.workspace.lessons.course.choose("01-init.md")


FOLDED = Pose("folded", _fold, _unfold)
METRICS = Pose("metrics", _chart, _no_chart)
IN_VAIN = Pose("invain", _search_in_vain, _search_no_more)
TREE = Pose("tree", _looking("tree"), _looking("text"))
DIFF = Pose("diff", _looking("compare"), _looking("text"))
RESPONSE = Pose("response", _looking("response"), _looking("text"))
WRITE = Pose("write", _running("layout.write"), _running("layout.watch"))
TEACH = Pose("teach", _running("layout.teach"), _running("layout.watch"))
PRESENTED = Pose("presented", _running("presentation"), _running("presentation"))
BROKEN_LESSON = Pose("wronglesson", _look_at_broken_lesson, _look_at_lesson)
VERSIONS = Pose("compared", _compare_versions, nothing)
DETAILS = Pose("details", _look_back, nothing)
PAIR = Pose("pair", _look_at_two, nothing)
STARTS = Pose("starts", _compare_starts, _compare_no_starts)
CLOCK = Pose("clock", _by_the_clock, _aligned)
CARD = Pose("card", _open_card, _close_card)
EXPECT = Pose("expect", _expect, _expect_no_more)
FIND = Pose("find", _find, _find_no_more)
PROBLEM = Pose("problem", _mistype, _type_right)
SOUGHT = Pose("sought", _search_answer, _search_answer_no_more)
WRONG = Pose("wrong", _search_wrongly, _search_no_more)
TOAST = Pose("toast", *_deed("event.delete", "trash.undo"))
HELD = Pose("held", *_deed("live.pause", "live.pause"))
MAXIMIZED = Pose("maximized", *_deed("view.maximize", "view.maximize"))
PROGRESS = Pose("progress", _load, _load_no_more)
DOCTOR = Pose("doctor", _examine, nothing)
REQUEST = Pose("request", _look_at_request, _look_at_request)
