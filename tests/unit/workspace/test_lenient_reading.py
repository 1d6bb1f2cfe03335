"""What PyYAML or a JSON reader takes is read; of a key that stands twice the last counts. Only editing may ask."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from workbench.model.failures import WorkspaceError
from workbench.workspace.resource_edits import renamed, without
from workbench.workspace.template import Template
from workbench.workspace.yaml_edits import remove_value, set_value

PATH = Path("template.yaml")
ODD_YAML = {
    "tab behind a value": "A: 1\t\nB: x\t# comment\nC:\t2\n",
    "comment at a quote": 'A: "x"#c\nB: 1\n',
    "block scalar that begins with a shorter blank line": "A:\n  B: !Sub |\n   \n      {\n        x\n      }\nC: 1\n",
    "sequence not indented": "A:\n- 1\n- B: 2\n  C: 3\n",
    "flow that goes on at the left": "A: {b: 1,\nc: 2}\nB: [1,\n2]\n",
    "directive": "%YAML 1.1\n---\nA: 1\n", "end of document": "---\nA: 1\n...\n", "empty second document": "A: 1\n---\n",
    "explicit key": "? A\n: 1\n? B\n", "anchor and merge": "A: &a {x: 1, y: 2}\nB:\n  <<: *a\n  y: 3\n",
    "two merges": "A: &a {x: 1}\nB: &b {x: 2}\nC:\n  <<: *a\n  <<: *b\n", "alias as a key": "A: &a name\n? *a\n: 1\n",
    "YAML 1.1": "A: yes\nB: 0o7\nC: 010\nD: 1_000\nE: 190:20:30\nF: ~\nG: .inf\nH: 1e3\nI: 1.0e+3\nJ: on\nK: -0x1F\n",
    "tags of YAML's own": 'A: !!int "3"\nB: !!float 2\nC: !!bool "yes"\nD: !!null x\nE: !!str 1\nF: ! 7\n',
    "no-break space": "A: a\u00a0b\nB: \u00a0\n", "emoji and far characters": "A: 🚀\nB: ℵ\n",
    "quotes over lines": "A: 'x\n  y'\nB: \"x\\\n  y\"\n", "colons and braces in text": "A: a:b\nB: a{b}\nC: {u: http://x/?y}\n",
    "keys twice": "A: 1\nB: {x: 1, x: 2}\nA: 3\n", "deep": "A: " + "[" * 80 + "]" * 80 + "\n",
    "old line ends": "A: 1\r\nB:\r\n  - x\r\n", "single carriage returns": "A: 1\rB: 2\r",
}


def keys_as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): keys_as_texts(item) for key, item in value.items()}
    return [keys_as_texts(item) for item in value] if isinstance(value, list) else value


class PythonLoader(yaml.SafeLoader):
    """As the SAM CLI's, with short forms of intrinsics as their long ones."""


class CLoader(yaml.CSafeLoader):
    """The same in C."""


for loader in (PythonLoader, CLoader):
    loader.add_multi_constructor("!", lambda _loader, suffix, node: {f"Fn::{suffix}": node.value})


def as_pyyaml_reads(text: str) -> Any:
    try:
        return keys_as_texts(yaml.load(text, PythonLoader))
    except yaml.YAMLError:
        return keys_as_texts(yaml.load(text, CLoader))


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in ODD_YAML.items() if "second" not in name])
def test_what_pyyaml_reads_is_read_alike(text: str) -> None:
    assert Template(PATH, text).data == as_pyyaml_reads(text)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in ODD_YAML.items()])
def test_an_edit_changes_nothing_else_in_odd_text_or_asks(text: str) -> None:
    before = Template(PATH, text)
    with suppress(WorkspaceError):
        assert set_value(before, ("A",), "new").data == {**before.data, "A": "new"}


@pytest.mark.parametrize("text", [
    '{\n\t"A": {\n\t\t"B": [1, -2.5, 1e3, true, null, "x\\/y", "\\ud83d\\ude80"]\n\t}\n}\n', '{"A": 1, "B": 2, "A": {"C": 3}}',
    '{"A": {}, "B": [], "C": ""}', '  {"A": "yes", "B": "010"}  ', '{"' + "k" * 2000 + '": 1}'])
def test_json_is_read_as_a_json_reader_does(text: str) -> None:
    assert Template(Path("template.json"), text).data == json.loads(text)


@pytest.mark.parametrize("name", ["template.yaml", "template.json"])
def test_characters_written_in_halves_are_put_together(name: str) -> None:
    data = Template(Path(name), r'{"A": "\ud83d\ude80", "B": "\ud83d", "\ud83d\ude80": 1}').data
    assert data == {"A": "🚀", "B": "\ufffd", "🚀": 1}


def test_a_json_template_with_tabs_is_edited_in_place() -> None:
    text = '{\n\t"A": 1,\n\t"B": {"C": "\\ud83d\\ude80"}\n}\n'
    assert set_value(Template(PATH, text), ("B", "C"), "x").text == text.replace("\\ud83d\\ude80", "x")


@pytest.mark.parametrize("text", ["{}", '{"Resources": {}}', '{"Resources": {"F": {}}}',
                                  '{"Resources": {"F": {"Properties": {"A": [1, "x"]}}}}'])
@pytest.mark.parametrize(("keys", "value"), [
    (("Resources", "F", "Properties", "A"), "x: y"), (("Resources", "F", "B"), {"C": [True]})])
def test_an_edited_json_template_is_json(text: str, keys: tuple[str, ...], value: Any) -> None:
    changed = set_value(Template(Path("template.json"), text), keys, value)
    assert json.loads(changed.text) == changed.data


def test_what_is_nearly_json_is_told_as_yaml() -> None:
    assert Template(PATH, "{A: 1, 'B': 2,}").data == {"A": 1, "B": 2}
    with pytest.raises(WorkspaceError, match="not closed"):
        Template(PATH, '{"A": 1')


TWICE = "Resources:\n  F:\n    Type: T\n    Properties:\n      Handler: a\n      Handler: b\n  G: {Type: U}\n  F: {Type: V}\n"


def test_of_a_key_that_stands_twice_the_last_counts_and_the_others_are_told() -> None:
    template = Template(PATH, TWICE)
    assert template.data["Resources"]["F"] == {"Type": "V"}
    assert template.warnings == (
        "template.yaml, line 2: the key F occurs again in line 8. The last one counts; this one has no effect.",
        "template.yaml, line 5: the key Handler occurs again in line 6. The last one counts; this one has no effect.")
    assert Template(PATH, "A: &a {x: 1}\nB:\n  <<: *a\n  <<: *a\n").warnings == ()


def test_an_edit_of_a_key_that_stands_twice_changes_the_one_that_counts_or_asks() -> None:
    template = Template(PATH, TWICE)
    assert set_value(template, ("Resources", "F", "Type"), "W").text == TWICE.replace("{Type: V}", "{Type: W}")
    with pytest.raises(WorkspaceError, match="stands twice"):
        remove_value(template, ("Resources", "F"))
    for edit in (lambda: renamed(template, "F", "H"), lambda: without(template, "F")):
        with pytest.raises(WorkspaceError, match="twice"):
            edit()
