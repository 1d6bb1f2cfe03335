"""Broken templates are told in one sentence; sound ones are kept byte for byte."""

from pathlib import Path

import pytest

from tests.unit.workspace.templates import ANCHORED, JSON, SHOP
from workbench.model.failures import WorkspaceError
from workbench.workspace.template import Template

PATH = Path("template.yaml")


@pytest.mark.parametrize(("text", "place", "reason"), [
    ("Resources:\n\tHello: 1\n", "line 2, column 1", "there is a tab"),
    ("Resources:\n  Hello:\n    Type: a\n   Properties: b\n", "line 4, column 4", "indentation"),
    ("A: b: c\n", "line 1, column 5", "a colon is out of place"),
    ("A: [1, 2\nB: 3\n", "line 2", "not closed"),
    ('A: "x\n', "line 2", "a quote"),
    ("A: *nothing\n", "line 1, column 4", "no anchor &nothing"),
    ("A: 1\n---\nB: 2\n", "line 2", "second document"),
    ("- a\n- b\n", "line 1, column 1", "not a CloudFormation template"),
    ("Resources:\n  - a\n", "line 1, column 1", "the section Resources must hold"),
    ("A: @home\n", "line 1, column 4", "put the text in quotes"),
    ("A: 1\nB: \x07\n", "line 2, column 4", "control character"),
    ("? [a, b]\n: c\n", "line 1, column 3", "key must be a plain word"),
    ("A: " + "[" * 200 + "]" * 200, "line 1", "nested too deeply"),
])
def test_broken_template_says_where_why_and_what_to_do(text: str, place: str, reason: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        Template(PATH, text)
    assert "template.yaml" in caught.value.message
    assert place in caught.value.message
    assert reason.lower() in str(caught.value).lower()
    assert caught.value.hint


def test_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(WorkspaceError, match="aliases multiply"):
        Template(PATH, "\n".join(lines))


def test_not_utf8_is_told_with_its_line() -> None:
    with pytest.raises(WorkspaceError, match=r"line 2, .*not UTF-8"):
        Template.parse(PATH, b"A: 1\nB: \xff\n")


@pytest.mark.parametrize("text", [SHOP, ANCHORED, JSON, "", "# only a comment\n"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_unedited_template_is_written_byte_for_byte(tmp_path: Path, text: str, line_end: str, bom: bytes) -> None:
    content = bom + text.replace("\n", line_end).encode("utf-16-le" if bom == b"\xff\xfe" else "utf-8")
    path = tmp_path / "template.yaml"
    path.write_bytes(content)
    Template.load(path).save()
    assert path.read_bytes() == content


def test_words_mean_what_they_mean_to_cloudformation() -> None:
    template = Template(PATH, "a: yes\nb: 0644\nc: 012345678901\nd: 1_000\ne: 2010-09-09\nf: ~\ng: 1.5\nh: 0x1F\n"
                              "i: 1:30\nj: !!str 12\n"
                              "k: 'no'\nl: .inf\nm: 0b11\nn: -7\n")
    assert template.data == {"a": True, "b": 0o644, "c": "012345678901", "d": 1000, "e": "2010-09-09", "f": None, "g": 1.5,
                             "h": 31, "i": 90, "j": "12", "k": "no", "l": float("inf"), "m": 3, "n": -7}


def test_short_intrinsics_get_their_long_form() -> None:
    template = Template(PATH, "a: !Ref X\nb: !GetAtt A.B.C\nc: !Sub ['${x}', {x: !Ref Y}]\nd: !Condition Z\n")
    assert template.data == {"a": {"Ref": "X"}, "b": {"Fn::GetAtt": ["A", "B.C"]},
                             "c": {"Fn::Sub": ["${x}", {"x": {"Ref": "Y"}}]}, "d": {"Condition": "Z"}}


def test_merge_keys_give_way_to_own_keys() -> None:
    template = Template(PATH, "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], a: 9}\n")
    assert template.data["z"] == {"a": 9, "b": 2, "c": 4}
