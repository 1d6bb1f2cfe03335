"""Every `workbench …` that README and the manual show is understood: the command is there, with its options and choices."""

from __future__ import annotations

import functools
import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from tests.support.manual import PAGES, ROOT, code_lines, inline_code
from workbench.cli.commands import application
from workbench.cli.main import COMMANDS
from workbench.cli.template_options import with_overrides_together

PROGRAM = re.compile(r"(?:^|\| )(?:\.venv/bin/)?workbench(?: |$)")
STAND_INS = {"N": "1", "PORT": "9001", "MB": "200"}
FOLDERS = ("DIR", ".")
Words = list[str]


def shown_lines(page: Path) -> Iterator[str]:
    """The lines of code that start the program; a synopsis goes on in lines that begin with a bracket."""
    line = ""
    for code in [*code_lines(page), ""]:
        if line and code.startswith("["):
            line += f" {code}"
            continue
        if line:
            yield line
        started = PROGRAM.search(code)
        line = bare(code[started.end():]) if started else ""


def bare(words: str) -> str:
    """Without what stands behind a command: a comment, a pipe, or the explanation of a synopsis, two blanks away."""
    return re.split(r" {2,}| [|>] | #", f"{words} ", maxsplit=1)[0].strip() or "--help"


def meant(line: str) -> Iterator[Words]:
    """What a line stands for: brackets are left out, and of alternatives (`a|b`) each is taken once."""
    words = [STAND_INS.get(word, word) for word in shlex.split(line.replace("[", " ").replace("]", " "))]
    choices = [word.split("|") if re.fullmatch(r"[\w-]+(\|[\w-]+)+", word) else [word] for word in words]
    return (list(chosen) for chosen in itertools.product(*choices))


@functools.cache
def program() -> Any:
    """The commands as the parser has them, made once."""
    return get_command(application)


def parse(words: Words) -> None:
    """Understand the words as the program does, and run nothing. Raises what the parser raises."""
    if words and words[0] not in COMMANDS and not words[0].startswith("-"):
        assert words[0] in FOLDERS, f"there is no command {words[0]}"
        words = ["open", *words]
    command = program()
    context = command.make_context("workbench", with_overrides_together(words))
    while (left := [*context._protected_args, *context.args]) and hasattr(command, "get_command"):
        name, *rest = left
        found = command.get_command(context, name)
        assert found is not None, f"there is no command {name}"
        command, context = found, found.make_context(name, rest, parent=context)


def complaint(words: Words, *, whole: bool) -> str:
    """What is wrong with a command line; "" for nothing. In prose a command may be named without its arguments (not `whole`)."""
    try:
        parse(words)
    except typer.Exit:  # --help and --version say what they say
        return ""
    except AssertionError as error:
        return str(error)
    except Exception as error:
        kind = type(error).__name__
        return "" if kind in ("MissingParameter", "NoArgsIsHelpError") and not whole else f"{kind}: {error}"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_command_lines_are_understood(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = [(words, True) for line in shown_lines(page) for words in meant(line)]
    named = [code.removeprefix("workbench ") for code in inline_code(page) if code.startswith("workbench ")]
    prose = [(words, False) for code in named if "…" not in code for words in meant(code)]
    wrong = {" ".join(words): said for words, whole in [*blocks, *prose] if (said := complaint(words, whole=whole))}
    assert not wrong


def test_the_synopsis_has_every_command() -> None:
    page = ROOT / "docs" / "command-line.md"
    assert {words[0] for line in shown_lines(page) for words in meant(line)} >= set(COMMANDS)


@pytest.mark.parametrize(("line", "said"), [
    ("lisst -w DIR", "no command"), ("invoke", "MissingParameter"), ("invoke F --sandbox dokcer", "BadParameter"),
    ("invoke F --clod", "NoSuchOption"), ("trust ad", "no command"), ("serve -p 99999", "BadParameter"),
])
def test_a_wrong_line_is_found(line: str, said: str) -> None:
    assert said in complaint(line.split(), whole=True)


def test_synopses_are_taken_apart() -> None:
    assert list(meant("allow [FUNCTION] [--network|--no-network]")) == [
        ["allow", "FUNCTION", "--network"], ["allow", "FUNCTION", "--no-network"]]
    assert bare("invoke F --json | jq .metrics") == "invoke F --json"
    assert bare("list          the functions") == "list"
