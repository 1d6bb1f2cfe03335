from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from workbench.embedding.options import check_options, serve_options
from workbench.model.failures import InvalidInput


@pytest.mark.parametrize(("options", "said"), [
    ({"sandboks": "process"}, "An engine has no option 'sandboks'. There are: state, services, sandbox, "),
    ({"sandbox": "vm"}, "'vm' is no sandbox. There are: auto, process, isolated, docker."),
    ({"services": "localhost:5000"}, "'localhost:5000' is no services endpoint. Give \"moto\", or a URL"),
])
def test_options_that_there_are_not(options: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_options(options)
    assert str(refused.value).startswith(said)


def test_what_the_command_gets(tmp_path: Path) -> None:
    assert serve_options({}, tmp_path) == []
    assert serve_options({"sandbox": "auto", "state": "/s"}, tmp_path) == []
    written = serve_options({"services": "moto", "sandbox": "process", "config_env": "test"}, tmp_path)
    assert written == ["--services", "moto", "--sandbox", "process", "--config-env", "test"]


def test_values_are_in_private_files_and_not_on_the_command_line(tmp_path: Path) -> None:
    written = serve_options({"parameters": {"Key": "se\"cret 1"}, "env_vars": {"Fn": {"A": "hidden"}}}, tmp_path)
    assert [written[0], written[2]] == ["--parameter-overrides", "--env-vars"]
    files = [Path(written[1].removeprefix("file://")), Path(written[3])]
    assert [json.loads(file.read_text()) for file in files] == [{"Key": "se\"cret 1"}, {"Fn": {"A": "hidden"}}]
    if os.name == "posix":
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]


def test_values_that_are_not_json(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        serve_options({"parameters": {"Key": object()}}, tmp_path)  # type: ignore[dict-item]


def test_files_are_looked_for_here_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.yaml").touch()
    written = serve_options({"template": Path("here.yaml"), "env_vars": "of-the-workspace.json"}, tmp_path)
    assert written == ["--template", str(tmp_path / "here.yaml"), "--env-vars", "of-the-workspace.json"]
