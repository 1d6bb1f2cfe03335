"""What is said before INIT's start event waits for it, in its order."""

from __future__ import annotations

from functools import partial

from workbench.engine.lifecycle.early_events import EarlyEvents


class Told:
    """What was published, by several; `is_behind` is what a writer is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.is_behind = True

    def tell(self, line: str) -> bool:
        self.lines.append(line)
        return self.is_behind


def test_it_waits_in_its_order_and_asks_nobody_to_pause() -> None:
    early, told = EarlyEvents(), Told()
    assert [early.publish(partial(told.tell, line)) for line in ("runtime", "extension", "runtime again")] == [False] * 3
    assert told.lines == []
    early.release()
    assert told.lines == ["runtime", "extension", "runtime again"]


def test_from_then_on_nothing_waits_and_a_writer_is_told_to_pause() -> None:
    early, told = EarlyEvents(), Told()
    early.release()
    assert early.publish(partial(told.tell, "late")) is True
    assert early.publish(lambda: None) is False
    early.release()  # with the end of the sandbox, again
    assert told.lines == ["late"]


def test_what_is_set_off_by_something_early_comes_after_it() -> None:
    early, told = EarlyEvents(), Told()

    def first() -> None:
        told.tell("first")
        early.publish(partial(told.tell, "of first"))

    early.publish(first)
    early.publish(partial(told.tell, "second"))
    early.release()
    assert told.lines == ["first", "of first", "second"]
