"""The log as rows: what the stream brings joins what the engine's pages have, whatever order they come in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.event_builders import EPOCH_MS, busy_session
from workbench.model.events import StreamEvent
from workbench.model.line_levels import level_of
from workbench.model.log_entries import LogEntry, record_text
from workbench.model.log_queries import LogExtent, LogFilter, SearchStep
from workbench.state.line_kinds import LineKind, entry_kind, text_kind
from workbench.state.log_book import MOST_PAGES, PAGE, LogBook, LogHits
from workbench.state.log_query import narrowed, typed_filter
from workbench.state.log_rows import row_of
from workbench.state.log_text import JSON_KEY, JSON_NUMBER
from workbench.state.logs import LogTail, take_event
from workbench.state.session import Session

REQUEST = "7f3e1c52-0b6e-4c1e-9d57-2f1f6f3f0001"


def entry(seq: int, text: str = "") -> LogEntry:
    return LogEntry(seq=seq, time_ms=EPOCH_MS, text=text or f"line {seq}", level=level_of(text))


def texts(book: LogBook) -> list[str]:
    found = [book.entry(row) for row in range(len(book))]
    return [each.text if each is not None else "?" for each in found]


def test_a_full_tail_drops_a_tenth_and_keeps_places():
    tail = LogTail(100)
    for seq in range(1, 102):
        tail.append(entry(seq))

    assert (len(tail), tail.begin, tail.end) == (91, 10, 101)
    assert tail.entry(10) == entry(11)
    assert tail.entry(9) is None


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(5, 40), st.integers(0, 2))
def test_pages_and_tail_have_every_entry_once(before: int, meanwhile: int, after: int, capacity: int, silent: int):
    """Whether the stream is behind the engine's answer or ahead of it. `silent`: later events that are no entries."""
    log = [entry(3 * number + 2) for number in range(before + meanwhile + after)]
    tail = LogTail(capacity)
    book = LogBook(tail)
    for each in log[:before]:
        tail.append(each)
        book.advance()
    told = before + meanwhile
    book.take_extent(LogExtent(first=0, end=told, seq=3 * told - 1 + silent))
    for each in log[before:]:
        tail.append(each)
        book.advance()
    for place in book.missing(0, len(book) - 1):
        book.take_page(place, log[place:place + PAGE])

    assert texts(book) == [each.text for each in log]


def test_lines_that_the_stream_left_out_are_asked_for():
    tail = LogTail()
    book = LogBook(tail)
    book.take_extent(LogExtent(first=0, end=0, seq=0))
    tail.append(entry(1))
    tail.skip(2, 4)
    tail.append(entry(5))
    assert (book.gone(), book.fresh()) == (0, 5)
    book.advance()
    assert texts(book) == ["line 1", "?", "?", "?", "line 5"]
    assert book.missing(0, 4) == [0]
    book.take_page(0, [entry(number) for number in range(1, 6)])
    assert texts(book) == [f"line {number}" for number in range(1, 6)]


def test_very_many_that_were_left_out_take_no_memory():
    tail = LogTail(100)
    tail.append(entry(1))
    tail.skip(2, 1_000_001)
    tail.append(entry(1_000_002))
    assert (len(tail), tail.end) == (1, 1_000_002)


def test_one_that_comes_late_makes_the_tail_doubtful():
    tail = LogTail()
    tail.append(entry(2))
    tail.append(entry(1))
    assert tail.is_doubtful
    tail.anchor(LogExtent(first=0, end=2, seq=2))
    assert not tail.is_doubtful
    assert tail.end == 2


def test_pages_are_bounded_and_those_in_view_are_kept():
    tail = LogTail()
    book = LogBook(tail)
    book.take_extent(LogExtent(first=-PAGE, end=1_000 * PAGE, seq=10**9))
    assert len(book) == 1_001 * PAGE
    assert book.missing(0, 2 * PAGE - 1) == [-PAGE, 0]
    for number in range(MOST_PAGES + 5):
        book.take_page(number * PAGE, [entry(number)] * PAGE)
    assert book.entry(PAGE) is None
    assert book.entry(MOST_PAGES * PAGE) is not None


def test_a_cleared_book_shows_what_is_new():
    tail = LogTail()
    book = LogBook(tail)
    tail.append(entry(1))
    book.advance()
    book.clear()
    assert len(book) == 0
    tail.append(entry(2))
    book.advance()
    assert texts(book) == ["line 2"]
    book.show_all()
    assert texts(book) == ["line 1", "line 2"]


@given(st.lists(st.lists(st.integers(1, 200), max_size=20), max_size=8))
def test_hits_come_in_any_order_and_stand_in_order(steps: list[list[int]]):
    hits, shown = LogHits(), list[int]()
    for step in steps:
        for row, numbers in hits.take_step(SearchStep(found=sorted(set(step)))):
            hits.insert(row, numbers)
            shown[row:row] = numbers
    assert shown == sorted({number for step in steps for number in step})
    assert [hits.numbers(row, 1)[0] for row in range(len(hits))] == shown


def test_hits_ask_for_entries_that_are_not_here():
    hits = LogHits()
    (run,) = hits.take_step(SearchStep(found=[3, 5, 9], entries=[entry(9)]))
    hits.insert(*run)
    assert hits.missing(0, 2) == [3, 5]
    hits.take_entries([entry(3)])
    assert hits.entry(0) == entry(3)


def test_platform_lines_and_lines_of_the_function_stand_in_order():
    session = Session()
    session.apply(busy_session())
    entries = [found for place in range(session.logs.end) if (found := session.logs.entry(place)) is not None]

    assert [each.text.split(" ")[0] for each in entries[:4]] == ["INIT_START", "START", "resizing", "END"]
    assert entries[3].text.splitlines()[1].startswith("REPORT ")
    assert [entry_kind(each) for each in entries[:3]] == [LineKind.PLATFORM, LineKind.PLATFORM, LineKind.FUNCTION]
    assert any("Runtime exited with error: exit status 1" in each.text for each in entries)


def test_an_event_without_lines_is_no_entry():
    tail = LogTail()
    assert not take_event(tail, StreamEvent(seq=1, time_ms=1.0, type="platform.runtimeDone", record={}))
    assert tail.end == 0


def test_json_records_are_one_line():
    assert record_text({"level": "INFO", "message": "hé"}) == '{"level":"INFO","message":"hé"}'
    assert record_text("  text \n") == "  text "


@pytest.mark.parametrize(("text", "kind"), [
    ("[ERROR] ValueError: boom", LineKind.ERROR),
    ("[WARNING]\t2026-11-05T10:11:12.123Z\tr\tlow", LineKind.WARNING),
    ('{"level":"ERROR","message":"x"}', LineKind.ERROR),
    ("2026-11-05T10:11:12.345Z\tr\tERROR\tInvoke Error", LineKind.ERROR),
    ("[DEBUG]\t2026-11-05T10:11:12.123Z\tr\tx", LineKind.DEBUG),
    ("REPORT RequestId: r\tStatus: timeout", LineKind.ERROR),
    ("START RequestId: r", LineKind.PLATFORM),
    ("no ERROR here", LineKind.FUNCTION),
])
def test_levels_are_read_from_the_head_of_a_line(text: str, kind: LineKind):
    assert text_kind(text) is kind


def test_names_of_levels():
    assert [level_of(f"[{name}] x") for name in ("WARNING", "CRITICAL", "INFO", "OTHER")] == ["warn", "fatal", "info", ""]


@pytest.mark.parametrize(("text", "shown", "chip"), [
    (f"[INFO]\t2026-11-05T10:11:12.123Z\t{REQUEST}\tpaid", "paid", "INFO"),
    (f"2026-11-05T10:11:12.345Z\t{REQUEST}\tWARN\tlow stock", "low stock", "WARN"),
    ("2026-11-05T10:11:12.345Z\tundefined\tINFO\tat start", "at start", "INFO"),
    (f"2026-11-05T10:11:12.345Z\t{REQUEST}\tfail\tdeclined", "declined", "ERROR"),
    (f"W, [2026-11-05T10:11:12.345678 #9]  WARN {REQUEST} -- : low stock", "low stock", "WARN"),
    ('{"level":50,"time":1,"msg":"declined"}', '{"level":50,"time":1,"msg":"declined"}', "ERROR"),
    ("plain", "plain", "OUT"),
    ("[ERROR] KeyError: 'TABLE'", "[ERROR] KeyError: 'TABLE'", "ERROR"),
])
def test_what_the_runtime_repeats_is_folded_into_the_columns(text: str, shown: str, chip: str):
    row = row_of(entry(1, text))
    assert (row.text, row.chip) == (shown, chip)


def test_what_lambda_says_stays_as_it_is():
    text = f"END RequestId: {REQUEST}\nREPORT RequestId: {REQUEST}\tDuration: 1.00 ms"
    row = row_of(LogEntry(seq=1, type="platform.report", text=text, level="platform"))
    assert [line.text for line in row.shown(row.starts_open)] == text.expandtabs(4).split("\n")


def test_a_traceback_starts_open_and_other_records_of_many_lines_do_not():
    assert row_of(entry(1, "[ERROR] boom\rTraceback\r  frame")).starts_open
    many = row_of(entry(1, "one\ntwo"))
    assert not many.starts_open
    assert [line.text for line in many.shown(False)] == ["one"]
    assert [line.text for line in many.shown(True)] == ["one", "two"]


def test_json_is_laid_out_and_colored_when_it_is_opened():
    row = row_of(entry(1, '{"order": {"id": 17}}'))
    assert [line.text for line in row.shown(False)] == ['{"order": {"id": 17}}']
    assert [line.text for line in row.shown(True)] == ["{", '  "order": {', '    "id": 17', "  }", "}"]
    assert [span.color for span in row.opened[2].spans] == [JSON_KEY, JSON_NUMBER]
    written = row_of(entry(1, '{"text": "\\u65e5\\u672c \\ud83d\\udd11 \\n"}'))
    assert written.opened[1].text == '  "text": "日本 🔑 \\n"', "Python's json.dumps writes escapes"


@pytest.mark.parametrize(("typed", "wanted"), [
    ("", LogFilter()),
    ("  low  stock ", LogFilter(text="low  stock")),
    ("/order \\d+/", LogFilter(text="order \\d+", is_regex=True)),
    ("level:warn low stock", LogFilter(text="low stock", level="warn")),
    ("level:WARNING", LogFilter(level="warn")),
    ("function:checkout env:a81f request:8f31", LogFilter(function_name="checkout", environment_id="a81f", request_id="8f31")),
    ('$.order.id=17 $.state="very gone"', LogFilter(fields=(("order.id", "17"), ("state", "very gone")))),
    ("$.items[0].sku=A1 $.@l=Fatal $.a/b-c=1", LogFilter(fields=(("items.0.sku", "A1"), ("@l", "Fatal"), ("a/b-c", "1")))),
    ("a=b", LogFilter(text="a=b")),
])
def test_what_is_typed_becomes_a_filter(typed: str, wanted: LogFilter):
    assert typed_filter(typed) == (wanted, "")


def test_what_was_chosen_narrows_what_was_typed():
    assert narrowed(LogFilter(text="a"), level="warn", request_id="r", since=5) == LogFilter(
        text="a", level="warn", request_id="r", since=5)
    assert narrowed(LogFilter(level="error"), level="info").level == "error"
    assert narrowed(LogFilter(), since=5).is_empty


def test_an_unknown_level_is_told():
    assert typed_filter("level:loud").problem.startswith("There is no level loud: trace, debug,")


@pytest.mark.parametrize(("typed", "problem"), [
    ("/ab(/", "The regular expression is invalid at character 3: missing ), unterminated subpattern."),
    ("level:warn /*/", "The regular expression is invalid at character 1: nothing to repeat."),
    ("/a{99999999999}/", "The regular expression is invalid: the repetition number is too large."),
])
def test_what_is_wrong_with_an_expression_is_told_and_where(typed: str, problem: str):
    assert typed_filter(typed) == (LogFilter(), problem)
