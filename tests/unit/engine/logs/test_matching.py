"""What a search finds is what a plain look at every entry finds: nothing that rows or blocks are passed over for is lost."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.journal.block_texts import BlockTexts
from workbench.engine.journal.blocks import pack
from workbench.engine.journal.folding import _is_plain, folded
from workbench.engine.journal.line_kinds import encoded_kinds
from workbench.engine.journal.log_reading import Promise
from workbench.engine.journal.rows import Row
from workbench.engine.journal.signatures import signature_of
from workbench.engine.logs.literals import literals_of
from workbench.engine.logs.matching import Matcher, json_object
from workbench.engine.logs.required import Required
from workbench.engine.logs.search_program import Finder, Order
from workbench.engine.logs.sifting import promise_of
from workbench.model.events import LogForm, StreamEvent
from workbench.model.line_levels import LEVELS
from workbench.model.log_entries import LogEntry, entries_of
from workbench.model.log_queries import LogFilter

ODD = "ßẞſ\u212aıİŉǰẖẗẘẙẚﬀﬁﬂﬃﬄﬅﬆéÉ"
TEXTS = st.lists(
    st.sampled_from(["needle", "Needle", "Straße", "task", "ﬁrst", "fi", "kiosk", "ERROR", "[WARNING]", "17", "99931",
                     "2026-11-05T10:11:12.123Z", "Duration: 2.50 ms", '{"state": "Gone"}', '{"n":17}', "\\", '"', "\n", "\t", " ",
                     "_", ".", "%%%", "%", "=>", "(!)", "#", "注文", "文", *ODD])
    | st.text(alphabet=f"aefiklnstz019 {ODD}", max_size=6), max_size=6).map("".join)
FUNCTIONS = st.sampled_from(["F", "Checkout", "checkout2"])
REQUESTS = st.sampled_from(["8f31a2b4-0000-4000-8000-000000000001", "8f31ffff-0000-4000-8000-000000000002"])
FORMS: st.SearchStrategy[LogForm] = st.sampled_from(["text", "json", "none", "text-new", "text-old"])
FAULTS = ['{"errorMessage": "RequestId: x Error: Runtime exited with error: exit status 17"}',
          '{"errorMessage": "Error: straße 17"}', "7"]


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Rows as engines write them: of lines, of the platform, and what it says of failures."""
    made: list[Row] = []
    for _ in range(draw(st.integers(1, 4))):
        function, request_id, form = draw(FUNCTIONS), draw(REQUESTS), draw(FORMS)
        status = draw(st.sampled_from(["success", "error", "timeout", "failure"]))
        metrics = {"durationMs": draw(st.sampled_from([2.5, 16.999, 99930.999])), "billedDurationMs": 3, "memorySizeMB": 128,
                   "maxMemoryUsedMB": 40}
        fault = draw(st.sampled_from(FAULTS))
        records: list[tuple[str, list[object]]] = [
            ("platform.start", [{"requestId": request_id, "version": "$LATEST"}]),
            ("function", [*draw(st.lists(TEXTS, min_size=1, max_size=4))]),
            ("function", [{"level": draw(st.sampled_from(["INFO", "error"])), "message": draw(TEXTS)}]),
            ("sandbox.payload", [{"requestId": request_id, "kind": "result", "text": fault, "isFatal": True}]),
            ("platform.report", [{"requestId": request_id, "status": status, "errorType": "Odd.Unknown", "metrics": metrics}])]
        for kind, of_row in records:
            seq = made[-1][0] if made else 0
            events = [
                StreamEvent(seq=seq + at, time_ms=1_795_992_354_370.5, type=kind, function_name=function, environment_id="e7a0",
                            request_id=request_id, record=record, log=form)  # type: ignore[arg-type]
                for at, record in enumerate(of_row, 1)]
            made.append((events[-1].seq, request_id, "e7a0", msgspec.json.encode(events)[1:-1]))
    return made


def plainly(wanted: LogFilter, entry: LogEntry) -> bool:
    """Whether an entry meets a filter, without anything that makes it quick."""
    if wanted.function_name not in ("", entry.function_name) or not entry.request_id.startswith(wanted.request_id):
        return False
    levels = LEVELS[LEVELS.index(wanted.level):] if wanted.level in LEVELS else (wanted.level or entry.level,)
    if entry.level not in levels or (wanted.fields and entry.type.startswith("platform.")):
        return False
    for path, value in wanted.fields:
        found = json_object(entry.text)
        found = found.get(path) if isinstance(found, dict) else None
        spelled = found if isinstance(found, str) else msgspec.json.encode(found).decode()
        if found is None or spelled.casefold() != value.casefold():
            return False
    if wanted.is_regex:
        return re.search(wanted.text, entry.text, re.IGNORECASE) is not None
    return wanted.text.casefold() in entry.text.casefold()


@st.composite
def parts_of(draw: st.DrawFn, text: str) -> str:
    """A part of a text, in another case."""
    begin = draw(st.integers(0, max(len(text) - 1, 0)))
    part = text[begin:begin + draw(st.integers(0, 12))]
    return draw(st.sampled_from([str, str.upper, str.lower, str.casefold, str.swapcase]))(part)


@st.composite
def expressions(draw: st.DrawFn, text: str) -> str:
    """An expression that may match a text."""
    made = ""
    for character in draw(parts_of(text)):
        literal = re.escape(character)
        made += draw(st.sampled_from([literal] * 6 + [
            ".", f"{literal}+", f"{literal}?", f"({literal})", f"(?:{literal}|x)", f"[{literal}]", f"{literal}{{1,3}}",
            f"(?-i:{literal})", f"{literal}\\w*", f"{literal}{{2}}", f"{literal}{{2,}}", f"(?={literal}).",
            f"\\b{literal}", f"{literal}{{0}}", *_classes(character), f"({literal}x|{literal})"]))
    begin, end = draw(st.sampled_from(["", "", "^", "\\A", "(?m)^"])), draw(st.sampled_from(["", "", "$", "\\Z"]))
    return begin + made + end + draw(st.sampled_from(["", "", "|needle", "(?<=x)", "\\S*"]))


def _classes(character: str) -> list[str]:
    """Classes that have a character, also several times."""
    known = [each for each in (r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"[^\w\s]", "[a-f0-9]", "[^a-f]", "[é-ﬆ]")
             if re.fullmatch(each, character, re.IGNORECASE)]
    return [f"{each}{count}" for each in known for count in ("", "+", "{1,2}", "*")]


@st.composite
def filters(draw: st.DrawFn, entries: list[LogEntry]) -> LogFilter:
    """A filter that entries may meet."""
    text = draw(st.sampled_from(entries)).text
    return draw(st.one_of(
        parts_of(text).map(lambda part: LogFilter(text=part)),
        expressions(text).map(lambda expression: LogFilter(text=expression, is_regex=True)),
        st.builds(LogFilter, text=parts_of(text), level=st.sampled_from(["", "platform", *LEVELS]),
                  function_name=FUNCTIONS | st.just(""), request_id=st.sampled_from(["", "8f31", "8f31a2b4-0000-4000-8000"])),
        st.sampled_from([("state", "gone"), ("n", "17"), ("message", "needle"), ("level", "info")]).map(
            lambda field: LogFilter(fields=(field,)))))


@given(st.data())
def test_nothing_is_lost_and_nothing_else_is_found(data: st.DataObject) -> None:
    of_block = data.draw(rows())
    events = [event for row in of_block for event in msgspec.json.decode(b"[%b]" % row[3], type=list[StreamEvent])]
    entries = list(entries_of(events))
    wanted = data.draw(filters(entries))
    expected = [entry for entry in entries if plainly(wanted, entry)]

    matcher = Matcher(wanted)
    assert list(matcher.matching(of_block, lambda row: row)) == expected
    if expected:
        assert matcher.may_have(of_block)
        texts = BlockTexts(of_block)
        kinds = encoded_kinds([line.rstrip("\r\n") for line in texts.lines])
        promise = promise_of(Required(wanted), False, signature_of(texts.of["log"]), kinds)
        assert promise == Promise.LINES if any(entry.type == "function" for entry in expected) else promise != Promise.NOTHING


@pytest.mark.parametrize("wanted", [
    LogFilter(text="needle"), LogFilter(text=r"\w+dle|odd", is_regex=True), LogFilter(text=r"\S", is_regex=True), LogFilter()],
    ids=str)
@pytest.mark.parametrize("inherited_seq", [0, 3, 10**9])
def test_rows_that_no_engine_has_written_are_left_out(wanted: LogFilter, inherited_seq: int) -> None:
    """Of those that were in the file before: whoever finds something in them finds out."""
    sound = msgspec.json.encode(StreamEvent(seq=1, time_ms=1.5, type="function", record="a needle"))
    odd = [b'{"seq":%d,"timeMs":1.5,"type":"function","record":"needle" odd',
           b'{"seq":%d,"timeMs":-1,"type":"function","record":"needle"}',
           b'{"seq":%d,"timeMs":1.5,"type":"sandbox.payload","record":{"isFatal":true,"text":odd',
           b'{"seq":%d,"timeMs":1.5,"type":"function","record":"needle \xff"}']
    rows = [(number, "", "", each % number) for number, each in enumerate(odd, 2) if number <= inherited_seq]
    rows.insert(0, (1, "", "", sound))
    answer = Finder(Order(wanted, "found", inherited_seq)).answer([(1, rows[-1][0], pack(rows))])
    assert answer.found == [1]


@pytest.mark.parametrize(("expression", "expected"), [
    (r"order \d+ of", ["order ", " of"]), ("needle$", ["needle"]), ("(abc)+x", ["abc", "abcx"]), ("ab?c", ["a", "c"]),
    ("ab{2,}c", ["abb", "bbc"]),
    ("x%{3}y", ["x%%%y"]), ("^%{20}$", ["%" * 8, "%" * 8]), ("(ab){0,2}c", ["c"]), ("(a.)+b", ["a", "b"]),
    ("(?i)a(?-i:bc)", ["abc"]),
    ("(?x) a b # c", ["ab"]), ("(?>ab)c", ["abc"]),
    ("(a)?(?(1)b|c)d", ["d"]), ("(", []), ("(" * 5_000, []), ("a{99999999999999999999}", []), ("", [])])
def test_what_all_matches_of_an_expression_have(expression: str, expected: list[str]) -> None:
    assert literals_of(expression) == [expected]


def test_alternatives_have_texts_of_their_own() -> None:
    assert literals_of("x(?:abc|d)e|[45]0") == [["xabce"], ["xde"], ["40"], ["50"]]
    assert literals_of("(?:a|bc|de|fg|hi|jk)(?:x|yz|12)(?:3|45)") == [
        [left + middle] for left in ("a", "bc", "de", "fg", "hi", "jk") for middle in ("x", "yz", "12")]
    assert literals_of(r"needle|hay\d+stack|refused") == [["needle"], ["hay", "stack"], ["refused"]]
    assert literals_of(r"needle|\d") == [["needle"], []]


def test_every_character_that_equals_ascii_letters_is_known() -> None:
    """Also with the Unicode of a later Python."""
    is_letter = re.compile("[a-z]", re.IGNORECASE).fullmatch
    for character in map(chr, [*range(0x80, 0xD800), *range(0xE000, 0x110000)]):
        compared = folded(character.encode()).decode()
        assert all(letters in compared for letters in re.findall("[a-z]+", character.casefold())), character
        if is_letter(character):
            (letter,) = [letter for letter in "abcdefghijklmnopqrstuvwxyz" if re.fullmatch(letter, character, re.IGNORECASE)]
            assert compared == letter


def test_no_piece_of_a_text_is_equal_to_anything_else() -> None:
    """Letters without a case, which are looked for as they are, neither come from another one nor match another one."""
    characters = [chr(number) for number in (*range(0x80, 0xD800), *range(0xE000, 0x110000))]
    plain = {character for character in characters if _is_plain(character)}
    assert {"注", "あ", "ก"} < plain
    assert all(character == character.lower() == character.upper() for character in plain)
    assert not plain.intersection("".join(character.casefold() for character in characters if character.casefold() != character))


@pytest.mark.parametrize(("path", "value", "count"), [
    ("log.level", "warn", 1), ("@l", "fatal", 1), ("items.1.sku", "B2", 1), ("items.2.sku", "B2", 0),
    ("items.0", "x", 0),
    ("http.request.method", "get", 1), ("gone", "null", 1), ("absent", "null", 0),
    ("a/b", "true", 1), ("items.99999999999", "1", 0)])
def test_fields_have_keys_as_loggers_write_them(path: str, value: str, count: int) -> None:
    line = ('{"log.level": "WARN", "@l": "Fatal", "items": [{"sku": "A1"}, {"sku": "B2"}], "http.request": {"method": "GET"}, '
            '"gone": null, "a/b": true}')
    event = StreamEvent(seq=1, time_ms=1.5, type="function", record=line)
    row = (1, "", "", msgspec.json.encode(event))
    wanted = LogFilter(fields=((path, value),))
    assert len(list(Matcher(wanted).matching([row], lambda row: row))) == count
    assert Matcher(wanted).may_have([row]) or not count
