"""A document as a tree: what is read part by part is the document."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.state import json_outline
from workbench.state.json_outline import PREVIEW, Node, find, json_path, node_at, outline

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10**12, 10**12) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(TEXTS, inner, max_size=9), max_leaves=40)


def rebuilt(node: Node) -> Any:
    """The document, from the tree alone."""
    if node.kind not in ("object", "array"):
        return json.loads(node.text)
    values = [] if not node.has_children else list(json_outline._values(node))
    if node.kind == "object":
        return {value.step: rebuilt(value) for value in values}
    assert [value.step for value in values] == list(range(len(values)))
    return [rebuilt(value) for value in values]


@given(VALUES, st.booleans())
def test_the_tree_is_the_document(value: Any, in_groups: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_outline, "GROUP", 2 if in_groups else 500)
        for written in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=3)):
            root = outline(written.encode())
            assert root is not None
            assert rebuilt(root) == value


@given(VALUES)
def test_every_path_leads_to_its_value(value: Any) -> None:
    content = json.dumps(value).encode()
    root = outline(content)
    assert root is not None
    for path, expected in json_outline._walk(value):
        node = node_at(root, path)
        assert node is not None
        assert (node.path, json.loads(node.text)) == (path, expected)


def test_numbers_order_and_characters_are_as_written() -> None:
    root = outline('{"z": 1.10, "a": 12345678901234567890, "größe": "\\u00fc ü"}'.encode())
    assert root is not None
    assert [(node.label, node.text) for node in root.children] == [
        ("z", "1.10"), ("a", "12345678901234567890"), ("größe", '"\\u00fc ü"')]
    assert [node.preview for node in root.children] == ["1.10", "12345678901234567890", '"ü ü"']
    assert root.children[2].value_text == "ü ü"


def test_previews_of_what_contains_others_have_characters_in_place_of_escapes() -> None:
    root = outline(b'{"a": {"text": "Gr\\u00fc\\u00dfe \\ud83c\\udf89", "path": "C:\\\\users"}}')
    assert root is not None
    assert root.children[0].preview == '{"text": "Grüße 🎉", "path": "C:\\\\users"}'
    for length in range(PREVIEW - 20, PREVIEW):
        cut = outline(json.dumps(["x" * length + "ü" * 40]).encode())
        assert cut is not None
        assert re.fullmatch(r'\["x+ü*…', cut.preview), "half an escape is nothing to look at"


def test_many_values_are_grouped_and_a_group_has_no_path_of_its_own() -> None:
    root = outline(json.dumps(list(range(1_200))).encode())
    assert root is not None
    assert [(node.label, len(node.children)) for node in root.children] == [
        ("0 … 499", 500), ("500 … 999", 500), ("1000 … 1199", 200)]
    assert root.children[2].path == ()
    assert root.children[2].children[7].path == (1_007,)
    deep = outline(json.dumps([0] * 300_000).encode())
    assert deep is not None
    assert len(deep.children) == 2
    assert len(deep.children[0].children) == 500


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[1] [2]", b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000])
def test_what_is_no_document_or_too_deep_has_no_tree(content: bytes) -> None:
    assert outline(content) is None


def test_a_control_character_stays_on_its_line() -> None:
    root = outline(json.dumps("a\nb\x07").encode())
    assert root is not None
    assert root.preview == '"a\\nb\\x07"'
    assert root.value_text == "a\nb\x07"


def test_names_and_values_are_found_in_the_order_of_the_document() -> None:
    content = '{"Name": "x", "items": [{"name": "NAME"}, {"other": "größe"}], "n": [1.5, true, null]}'.encode()
    assert find(content, "name") == [("Name",), ("items", 0, "name")]
    assert find(content, "GRÖSSE") == [("items", 1, "other")]
    assert find(content, "1.5") == [("n", 0)]
    assert find(content, "tru") == [("n", 1)]
    assert find(content, "") == []


def test_a_path_is_written_as_jsonpath() -> None:
    assert json_path(()) == "$"
    assert json_path(("items", 3, "first name", "ok_1", 'q"')) == '$.items[3]["first name"].ok_1["q\\""]'
