"""Answers read for being looked at, and bytes as a dump."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from workbench.state.answers import pretty_json, read_answer
from workbench.state.hex_lines import HexLines


def test_json_is_indented_with_everything_else_as_written() -> None:
    answer = read_answer('{"ü":"\\u00fc😀","n":1.10}'.encode(), "")
    assert answer.whole.lines is not None
    assert answer.whole.lines.text == '{\n  "ü": "ü😀",\n  "n": 1.10\n}'
    assert answer.whole.root is not None
    assert answer.http is None


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_escapes_become_characters_and_the_value_stays_the_same(text: str) -> None:
    shown = pretty_json(json.dumps(text))
    assert json.loads(shown) == text
    assert all(f"\\u{ord(each):04x}" not in shown for each in text if 0x80 < ord(each) < 0x10000 and each.isprintable())


def test_what_cannot_be_seen_stays_an_escape() -> None:
    for text in ('"\\u0007\\u202e\\u0041"', '"\\\\u00fc"', "no JSON \\u00fc"):
        assert pretty_json(text) == text
    assert pretty_json('"\\\\\\u00fc\\ud83d\\ude00"') == '"\\\\ü😀"'


def test_other_text_stays_as_it_is_and_bytes_have_none() -> None:
    text = read_answer(b"plain {", "")
    binary = read_answer(b"\xff\x00", "")
    assert text.whole.lines is not None
    assert (text.whole.lines.text, text.whole.root) == ("plain {", None)
    assert (binary.whole.lines, binary.whole.root) == (None, None)


def test_the_body_of_a_response_is_read_as_well() -> None:
    answer = read_answer(json.dumps({"statusCode": 200, "body": '{"a":1}'}).encode(), "format 1.0")
    assert answer.http is not None
    assert answer.body is not None
    assert answer.body.lines is not None
    assert answer.body.lines.text == '{\n  "a": 1\n}'


def test_a_document_that_is_too_deep_is_text() -> None:
    deep = "[" * 200_000 + "]" * 200_000
    assert pretty_json(deep) == deep
    assert read_answer(deep.encode(), "").whole.root is None


@given(st.binary(max_size=100))
def test_a_dump_has_every_byte(content: bytes) -> None:
    lines = HexLines(content)
    rows = [lines[row] for row in range(len(lines))]
    assert b"".join(bytes.fromhex(row[10:58]) for row in rows) == content
    assert [int(row[:8], 16) for row in rows] == list(range(0, len(content), 16))
    assert all(len(row) <= lines.longest for row in rows)


def test_a_dump_finds_text_and_bytes() -> None:
    lines = HexLines(b"\x89PNG\r\n\x1a\n" + b"." * 20 + b"IEND")
    assert lines[0] == "00000000  89 50 4e 47 0d 0a 1a 0a  2e 2e 2e 2e 2e 2e 2e 2e  |.PNG............|"
    row, start, end = lines.find("PNG")[0]
    assert lines[row][start:end] == "PNG"
    assert [found.row for found in lines.find("49 45 4e 44")] == [1]
    assert lines.find("absent") == []
