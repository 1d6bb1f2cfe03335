from __future__ import annotations

from workbench.model.log_entries import LogEntry
from workbench.model.past_invocations import PastInvocation
from workbench.state.log_folds import LogFolds, head_text

PAST = PastInvocation(
    seq=1, request_id="r", environment_id="e", function_name="f", version="1", sandbox="process", is_cold=True, received_ms=1.0)
START, END, REPORT = "START RequestId: r", "END RequestId: r", "REPORT RequestId: r\tDuration: 1.00 ms"


def entry(seq: int, text: str, kind: str = "function") -> LogEntry:
    return LogEntry(seq=seq, time_ms=1_792_000_000_000.0 + seq, type=kind, request_id="r", text=text)


def folds_of(*entries: LogEntry, tells_all: bool = False) -> LogFolds:
    folds = LogFolds(tells_all=tells_all)
    folds.insert(folds.older([PAST]), in_front=True)
    folds.open(0, list(entries))
    return folds


def texts(folds: LogFolds) -> list[str]:
    return [line.text for row in range(1, len(folds)) if (found := folds.row(row)) is not None for line in found.lines]


def whole(*, report: str = f"{END}\n{REPORT}") -> list[LogEntry]:
    return [entry(2, START, "platform.start"), entry(3, START), entry(4, "two"), entry(5, report, "platform.report")]


def test_what_the_head_says_is_not_said_again():
    folds = folds_of(*whole())
    assert texts(folds) == [START, "two"], "what a function itself writes is its own"
    assert [folds.ended_at(row) for row in range(3)] == ["", "", "r"]
    folds.tell_all(True)
    assert texts(folds) == [START, START, "two", END, REPORT.replace("\t", " ")]


def test_a_copy_has_all_of_it():
    folds = folds_of(*whole())
    copied = [text for row in range(len(folds)) for text in folds.copied(row)]
    head = folds.head_at(0)
    assert head is not None
    assert copied == [head_text(head), START, START, "two", f"{END}\n{REPORT}"]
    assert folds.copied(1) == [START]


def test_words_on_a_failure_stay_without_the_figures():
    folds = folds_of(*whole(report=f"2026 r Task timed out after 1.00 seconds\n{END}\n{REPORT}"))
    assert texts(folds)[-1] == "2026 r Task timed out after 1.00 seconds"
    assert folds.copied(3) == [f"2026 r Task timed out after 1.00 seconds\n{END}\n{REPORT}"]


def test_an_invocation_that_wrote_nothing_shows_what_there_is():
    folds = folds_of(entry(2, START, "platform.start"), entry(5, f"{END}\n{REPORT}", "platform.report"))
    assert texts(folds) == [START, END, REPORT.replace("\t", " ")]
    assert folds.opened(0) == 2
