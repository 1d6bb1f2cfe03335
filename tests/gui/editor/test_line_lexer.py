from __future__ import annotations

import subprocess
import sys

import pytest

from workbench.editor.languages import language_of
from workbench.editor.line_lexer import MAX_LINE_CHARACTERS, State, line_lexer


def lex(name: str, text: str) -> list[dict[str, str]]:
    lexer, state, lines = line_lexer(language_of(name).lexer), None, []
    for line in text.split("\n"):
        spans, state = lexer.lex(line, state)
        lines.append({line[span.start:span.start + span.length].strip(): span.kind for span in spans})
    return lines


def states(name: str, text: str) -> list[State]:
    lexer, state, found = line_lexer(language_of(name).lexer), None, []
    for line in text.split("\n"):
        state = lexer.lex(line, state)[1]
        found.append(state)
    return found


def test_a_python_string_goes_on_over_lines() -> None:
    assert lex("a.py", 'x = """a\ndef b\n"""; return') == [
        {'"""a': "string"}, {"def b": "string"}, {'"""': "string", "return": "keyword"},
    ]


def test_a_javascript_comment_goes_on_over_lines_and_a_slash_star_in_a_string_does_not() -> None:
    first, second, third, fourth = lex("a.js", "let a /* one\n two */ let b\nconst s = '/*'\nlet c")
    assert first == {"let": "keyword", "/* one": "comment"}
    assert second == {"two */": "comment", "let": "keyword"}
    assert third["'/*'"] == "string"
    assert fourth == {"let": "keyword"}


def test_a_slash_star_in_a_template_string_is_no_comment() -> None:
    assert lex("a.mjs", "x = `a\n ${1}/* b`\nlet c")[2] == {"let": "keyword"}


def test_a_yaml_block_scalar_ends_with_its_indentation() -> None:
    lines = lex("t.yaml", "a: |\n  b: c\n\n  d: e\nf: g # h")
    assert "b" not in lines[1]
    assert "d" not in lines[3]
    assert lines[4] == {"f": "function", "g": "string", "# h": "comment"}


def test_json_names_and_values_differ() -> None:
    assert lex("e.json", '{"a": "b", "c": 2}') == [{'"a"': "function", '"b"': "string", '"c"': "function", "2": "number"}]


@pytest.mark.parametrize(("name", "line", "piece", "kind"), [
    ("a.py", "def f(): pass", "f", "function"), ("a.ts", "interface A {}", "interface", "keyword"),
    ("a.sh", "if true; then", "if", "keyword"), ("a.go", "func main() {", "func", "keyword"),
    ("a.rb", "def a", "def", "keyword"), ("a.java", "class A {", "class", "keyword"),
    ("a.cs", "using System;", "using", "keyword"),
    ("Dockerfile", "FROM a", "FROM", "keyword"), ("a.rs", "fn main() {", "fn", "keyword"), ("a.toml", "a = 1", "1", "number"),
])
def test_languages_are_found_by_name(name: str, line: str, piece: str, kind: str) -> None:
    assert lex(name, line)[0].get(piece) == kind


def test_a_line_returns_to_the_same_state_so_that_the_cascade_ends() -> None:
    first, second, third = states("a.py", "x = 1\ny = [\n]")
    assert first == second == third


def test_the_rest_of_a_very_long_line_stays_plain_and_keeps_the_state() -> None:
    lexer = line_lexer("python")
    spans, state = lexer.lex("1 " * MAX_LINE_CHARACTERS + '"""', None)
    assert max(span.start + span.length for span in spans) <= MAX_LINE_CHARACTERS
    assert state == ("root",)


@pytest.mark.parametrize("name", [
    "a.py", "a.js", "a.ts", "a.yaml", "a.json", "a.sh", "a.rb", "a.cs", "a.css", "a.xml", "a.md", "a.sql",
])
def test_no_text_stops_a_lexer(name: str) -> None:
    nasty = "\x00\t`'\"{[(<!--\\\n*/ }}} ]]> '''\n\U0001f600 {% $( <<EOF\n&*#!?:\n- - -\n  : x\n"
    assert len(lex(name, nasty * 3)) == nasty.count("\n") * 3 + 1


BOTH_AT_ONCE = """
import sys, threading
import pygments.lexer, pygments.token
before, barrier, failures = set(sys.modules), threading.Barrier(2), []
def load(name):
    barrier.wait()
    try:
        __import__(name)
    except ImportError as error:
        failures.append(error)
names = ("workbench.editor.line_lexer", "pygments.lexers.data")
for _ in range(8):  # before it was mended, one time in four failed
    threads = [threading.Thread(target=load, args=(name,)) for name in names]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    for name in set(sys.modules) - before:
        del sys.modules[name]
raise SystemExit(str(failures) if failures else 0)
"""


def test_lexers_may_be_loaded_on_a_thread_while_a_panel_loads_one() -> None:
    done = subprocess.run([sys.executable, "-c", BOTH_AT_ONCE], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
