"""An edit changes what it means to change, and not one byte elsewhere."""

import difflib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workspace.templates import ANCHORED, JSON, SHOP
from workbench.model.failures import WorkspaceError
from workbench.workspace.template import Template
from workbench.workspace.yaml_edits import remove_value, set_value

PATH = Path("template.yaml")
PROPERTIES = ("Resources", "OrdersFunction", "Properties")
VARIABLES = (*PROPERTIES, "Environment", "Variables")


def changed_lines(before: str, after: str) -> list[str]:
    compared = difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line for line in compared if line[:2] in ("- ", "+ ")]


def at(data: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        data = data[key]
    return data


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from([
    "", " ", "yes", "No", "null", "~", "0644", "1e3", "1_0", "12:30", "2010-09-09", "a: b", "a #b", "#", "- a", "!Ref X",
    "*a", "&a",
    "{a}", "[a]", "'", '"', "\\n", "a\nb", "%", "@", "`", "---", "...", "=", "<<", "\x85", "\u2028", "\ufeff", "tab\t", "x:",
    "?", "|"])


@given(value=TEXTS, line_end=st.sampled_from(["\n", "\r\n"]),
       name=st.sampled_from(["TABLE", "GREETING", "MODE", "API", "DEBUG", "RETRIES", "ARN"]))
def test_any_text_can_be_set_and_changes_only_its_line(value: str, line_end: str, name: str) -> None:
    before = Template(PATH, SHOP.replace("\n", line_end))
    after = set_value(before, (*VARIABLES, name), value)
    assert at(after.data, (*VARIABLES, name)) == value
    lines = changed_lines(before.text, after.text)
    assert all(line[2:].lstrip().startswith(f"{name}:") for line in lines)
    assert len(lines) <= 2
    assert after.text.count("#") >= before.text.count("#")


@given(value=TEXTS, line_end=st.sampled_from(["\n", "\r\n"]))
def test_a_new_key_adds_one_line_and_can_be_removed_again(value: str, line_end: str) -> None:
    before = Template(PATH, SHOP.replace("\n", line_end))
    after = set_value(before, (*VARIABLES, "NEW"), value)
    (line,) = changed_lines(before.text, after.text)
    assert line.startswith("+           NEW: ")
    assert line.endswith(line_end)
    assert remove_value(after, (*VARIABLES, "NEW")).text == before.text


@given(value=TEXTS)
def test_any_text_fits_into_flow_and_json(value: str) -> None:
    keys = ("Resources", "Hello", "Properties", "Environment", "Variables")
    template = Template(PATH, JSON)
    assert at(set_value(template, (*keys, "AB"), value).data, (*keys, "AB")) == value
    added = set_value(template, (*keys, "EF"), value)
    assert at(added.data, (*keys, "EF")) == value
    assert remove_value(added, (*keys, "EF")).text == JSON


@given(number=st.integers(128, 10240), keys=st.sampled_from([
    (*PROPERTIES, "MemorySize"), ("Globals", "Function", "Timeout"),
    ("Resources", "Pictures", "Properties", "EphemeralStorage", "Size"),
    ("Resources", "Pictures", "Properties", "Timeout")]))
def test_a_number_changes_one_line(number: int, keys: tuple[str, ...]) -> None:
    before = Template(PATH, SHOP)
    after = set_value(before, keys, number)
    assert at(after.data, keys) == number
    assert len(changed_lines(before.text, after.text)) <= 2


def test_quotes_and_comment_of_a_value_stay() -> None:
    template = Template(PATH, "a: 'x'   # one\nb: \"y\" # two\nc: z # three\n")
    for key in "abc":
        template = set_value(template, (key,), "new")
    assert template.text == "a: 'new'   # one\nb: \"new\" # two\nc: new # three\n"


def test_empty_value_gets_its_value_before_the_comment() -> None:
    template = Template(PATH, "a:  # nothing yet\nb:\nc: 1\n")
    assert set_value(template, ("a",), "x").text == "a: x  # nothing yet\nb:\nc: 1\n"
    assert set_value(template, ("a", "b"), "x").text == "a:  # nothing yet\n  b: x\nb:\nc: 1\n"
    assert set_value(template, ("b",), 5).text == "a:  # nothing yet\nb: 5\nc: 1\n"


def test_block_scalar_is_replaced_whole() -> None:
    after = set_value(Template(PATH, SHOP), ("Description",), "Short")
    assert "Description: Short\n\nParameters:" in after.text


def test_missing_maps_are_made_and_empty_ones_vanish_again() -> None:
    before = Template(PATH, "Resources:\n    F:   # mine\n        Type: x\n")
    after = set_value(before, ("Resources", "F", "Properties", "Environment", "Variables", "AB"), "1")
    assert after.text == before.text + ("        Properties:\n            Environment:\n                Variables:\n"
                                        '                    AB: "1"\n')
    assert remove_value(after, ("Resources", "F", "Properties", "Environment", "Variables", "AB")).text == before.text


def test_last_line_without_line_end_is_no_trap() -> None:
    after = set_value(Template(PATH, "a: 1\nb: {}"), ("c",), 2)
    assert after.text == "a: 1\nb: {}\nc: 2"


def test_last_entry_of_a_section_leaves_it_empty_and_usable() -> None:
    template = remove_value(Template(PATH, "Resources:\n  A:\n    Type: x\nOutputs: {}\n"), ("Resources", "A"))
    assert template.text == "Resources: {}\nOutputs: {}\n"
    assert set_value(template, ("Resources", "B"), {"Type": "y"}).text == "Resources:\n  B:\n    Type: y\nOutputs: {}\n"


@pytest.mark.parametrize(("text", "left"), [
    ("Resources:\n  A:\n    Type: x\n\n  B: {}\n", "Resources:\n  B: {}\n"),
    ("Resources:\r\n  # first\r\n  A: {}\r\n\r\n\r\n  # second\r\n  B: {}\r\n", "Resources:\r\n  # second\r\n  B: {}\r\n"),
    ("Resources:\n\n  A: {}\n\n  B: {}\n", "Resources:\n\n  B: {}\n"),
    ("Resources:\n  A: {}\n  B: {}\n", "Resources:\n  B: {}\n"),
])
def test_the_first_entry_leaves_no_blank_line(text: str, left: str) -> None:
    assert remove_value(Template(PATH, text), ("Resources", "A"), with_comments=True).text == left


def test_json_stays_json() -> None:
    keys = ("Resources", "Hello", "Properties")
    template = set_value(Template(PATH, JSON), (*keys, "MemorySize"), 512)
    template = set_value(template, (*keys, "EphemeralStorage", "Size"), 1024)
    template = set_value(template, (*keys, "Description"), "quite plain")
    template = remove_value(template, (*keys, "Environment", "Variables", "CD"))
    assert json.loads(template.text) == template.data
    assert len(changed_lines(JSON, template.text)) == 5


def test_an_alias_is_replaced_and_its_anchor_left_alone() -> None:
    after = set_value(Template(PATH, ANCHORED), ("Resources", "Third", "Properties", "MemorySize"), 128)
    assert changed_lines(ANCHORED, after.text) == ["-       MemorySize: *memory\n", "+       MemorySize: 128\n"]


def test_a_merged_value_is_overridden_in_place() -> None:
    after = set_value(Template(PATH, ANCHORED), ("Resources", "Second", "Properties", "Runtime"), "python3.12")
    assert changed_lines(ANCHORED, after.text) == ["+       Runtime: python3.12\n"]


@pytest.mark.parametrize("keys", [("Resources", "First", "Properties", name) for name in ("MemorySize", "CodeUri", "Tracing")])
def test_a_shared_value_is_refused_rather_than_changed_elsewhere(keys: tuple[str, ...]) -> None:
    with pytest.raises(WorkspaceError, match="shared with other places through a YAML anchor"):
        set_value(Template(PATH, ANCHORED), keys, 640)


def test_inside_an_intrinsic_nothing_is_written() -> None:
    with pytest.raises(WorkspaceError, match="computed by an intrinsic"):
        set_value(Template(PATH, "a: !If [x, {b: 1}, {b: 2}]\n"), ("a", "b"), 3)


def test_comments_at_the_end_of_a_map_stay_with_it() -> None:
    text = "Resources:\n  A:\n    Type: x\n    # Old: 1\n\n  # the end\nOutputs: {}\n"
    after = set_value(Template(PATH, text), ("Resources", "B"), {"Type": "y"})
    assert after.text == text.replace("Outputs", "  B:\n    Type: y\nOutputs")
