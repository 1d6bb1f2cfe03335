"""Paths of the cache in what functions print: the person's file, else the path on Lambda."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from workbench.engine.events.shown_paths import PathPair, ShownPaths


@pytest.fixture
def places(tmp_path: Path) -> tuple[ShownPaths, Path, Path]:
    stage, source = tmp_path / "cache dir" / "stages" / "1a", tmp_path / "my app"
    source.mkdir()
    (source / "app.py").write_text("")
    (source / "größe.py").write_text("")
    opt = tmp_path / "cache dir" / "layers" / "2b"
    return ShownPaths([PathPair(str(stage), "/var/task", str(source)), PathPair(str(opt), "/opt")]), stage, source


def test_a_stack_trace_names_the_persons_file(places: tuple[ShownPaths, Path, Path]) -> None:
    shown, stage, source = places
    assert shown.text(f'  File "{stage}/app.py", line 3, in handler') == f'  File "{source}/app.py", line 3, in handler'
    assert shown.text(f"at h ({stage}/app.py:3:7) and {stage}/app.py.") == f"at h ({source}/app.py:3:7) and {source}/app.py."


def test_what_the_person_does_not_have_has_its_path_on_lambda(places: tuple[ShownPaths, Path, Path]) -> None:
    shown, stage, _ = places
    assert shown.text(f'"{stage}/requests/api.py"') == '"/var/task/requests/api.py"'
    assert shown.text(f"{stage.parent.parent}/layers/2b/python/x.py") == "/opt/python/x.py"


def test_the_folder_itself(places: tuple[ShownPaths, Path, Path]) -> None:
    shown, stage, source = places
    assert shown.text(f"cwd={stage}") == f"cwd={source}"


def test_addresses_of_modules_are_quoted(places: tuple[ShownPaths, Path, Path]) -> None:
    shown, stage, source = places
    quoted = str(stage).replace(" ", "%20")
    assert shown.text(f"file://{quoted}/app.py:3") == f"file://{source}/app.py:3".replace(" ", "%20")


def test_documents_in_json(places: tuple[ShownPaths, Path, Path]) -> None:
    shown, stage, source = places
    body = f'{{"stackTrace": ["  File \\"{stage}/app.py\\", line 1"]}}'.encode()
    assert shown.body(body) == f'{{"stackTrace": ["  File \\"{source}/app.py\\", line 1"]}}'.encode()
    assert shown.body(b"\xff" + str(stage).encode()) == b"\xff" + str(stage).encode()


def test_other_text_stays(places: tuple[ShownPaths, Path, Path]) -> None:
    shown, stage, _ = places
    assert shown.text("nothing") == "nothing"
    assert ShownPaths().text(str(stage)) == str(stage)
    assert ShownPaths().body(b"x") == b"x"


@pytest.mark.skipif(os.sep != "/", reason="where a backslash separates folders it cannot be told apart")
def test_an_escaped_end_of_line_is_no_part_of_a_path(places: tuple[ShownPaths, Path, Path]) -> None:
    shown, stage, source = places
    document = json.dumps({"message": f"Require stack:\n- {stage}/app.py\n- /var/runtime/index.mjs"})
    assert json.loads(shown.text(document))["message"] == f"Require stack:\n- {source}/app.py\n- /var/runtime/index.mjs"


KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize("written", [
    KEY, "wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI\\/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "wJalrXUtnFEMI\\/K7MDENG\\u002BbPxRfiCYEXAMPLEKEY", KEY[:20], KEY[20:]])
def test_real_credentials_are_masked_however_they_are_written(written: str) -> None:
    """In a URL, in JSON of PHP or .NET, and cut where a log event or an answer is, they were shown."""
    shown = ShownPaths()
    shown.hide((KEY,))
    shown.hide((KEY, "other-session-token"))
    assert shown.text(f"key={written}; token other-session-token") == "key=****; token ****"
    assert shown.body(f'{{"k": "{written}"}}'.encode()) == b'{"k": "****"}'
    assert ShownPaths().masked(KEY) == KEY
