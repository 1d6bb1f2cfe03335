import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from workbench.model.engine_api import DebuggedFunction
from workbench.workspace.debug_configurations import write_configuration


def debugged(root: Path, language: str = "python", remote: str = "/var/task", **changes: object) -> DebuggedFunction:
    local = str(root / "code")
    values = {"function_name": "My-Function", "port": 5005, "language": language, "sandbox": "docker", "local_root": local,
              "remote_root": remote or local, **changes}
    return DebuggedFunction(**values)  # type: ignore[arg-type]


def test_vs_code_for_python(tmp_path: Path) -> None:
    written = write_configuration("vscode", tmp_path, debugged(tmp_path))
    assert written.path == tmp_path / ".vscode" / "launch.json"
    assert json.loads(written.path.read_text()) == {"version": "0.2.0", "configurations": [{
        "name": "Workbench: My-Function", "type": "debugpy", "request": "attach",
        "connect": {"host": "127.0.0.1", "port": 5005},
        "pathMappings": [{"localRoot": "${workspaceFolder}/code", "remoteRoot": "/var/task"}]}]}


def test_vs_code_for_node(tmp_path: Path) -> None:
    write_configuration("vscode", tmp_path, debugged(tmp_path, "nodejs"))
    (entry,) = json.loads((tmp_path / ".vscode" / "launch.json").read_text())["configurations"]
    assert (entry["type"], entry["address"], entry["port"]) == ("node", "127.0.0.1", 5005)
    assert (entry["localRoot"], entry["remoteRoot"]) == ("${workspaceFolder}/code", "/var/task")


@pytest.mark.parametrize("language", ["python", "nodejs"])
def test_without_a_mapping_where_the_folder_is_the_same(tmp_path: Path, language: str) -> None:
    written = write_configuration("vscode", tmp_path, debugged(tmp_path, language, remote=""))
    assert "Root" not in written.text


def test_what_is_there_stays_and_ours_is_renewed_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / ".vscode" / "launch.json"
    path.parent.mkdir()
    path.write_text('{\n  "version": "0.2.0",\n  "inputs": [1],\n  "configurations": [\n'
                    '    {"name": "Workbench: My-Function", "port": 1},\n    {"name": "Mine"}\n  ]\n}\n')
    write_configuration("vscode", tmp_path, debugged(tmp_path))
    document = json.loads(path.read_text())
    assert document["inputs"] == [1]
    assert [each["name"] for each in document["configurations"]] == ["Workbench: My-Function", "Mine"]
    assert document["configurations"][0]["connect"]["port"] == 5005
    assert path.read_text().startswith('{\n  "version"')
    write_configuration("vscode", tmp_path, debugged(tmp_path, function_name="Other"))
    assert [each["name"] for each in json.loads(path.read_text())["configurations"]][2:] == ["Workbench: Other"]


@pytest.mark.parametrize("text", ['{\n// mine\n"configurations": []}', "[]", '{"configurations": {}}', "{"])
def test_a_file_that_we_would_destroy_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / ".vscode" / "launch.json"
    path.parent.mkdir()
    path.write_text(text)
    written = write_configuration("vscode", tmp_path, debugged(tmp_path))
    assert path.read_text() == text
    assert written.path is None
    assert "has comments" in written.why
    assert json.loads(written.text)["type"] == "debugpy"


def test_an_empty_file_is_like_none(tmp_path: Path) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "launch.json").write_text("\n")
    assert write_configuration("vscode", tmp_path, debugged(tmp_path)).path is not None


def test_pycharm_for_node(tmp_path: Path) -> None:
    written = write_configuration("pycharm", tmp_path, debugged(tmp_path, "nodejs"))
    assert written.path == tmp_path / ".idea" / "runConfigurations" / "Workbench_My-Function.xml"
    configuration = ElementTree.parse(written.path).getroot()[0]
    assert configuration.attrib["type"] == "ChromiumRemoteDebugType"
    assert (configuration.attrib["host"], configuration.attrib["port"]) == ("127.0.0.1", "5005")
    assert configuration[0].attrib == {"url": "/var/task", "local-file": "$PROJECT_DIR$/code"}


def test_pycharm_for_python_is_told_field_by_field(tmp_path: Path) -> None:
    written = write_configuration("pycharm", tmp_path, debugged(tmp_path))
    assert written.path is None
    assert "Attach to DAP" in written.why
    assert "Remote address: 127.0.0.1:5005" in written.text
    assert not (tmp_path / ".idea").exists()
