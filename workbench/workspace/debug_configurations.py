"""Attach configurations for IDEs, for functions being debugged. Written on request, merged into existing files.

Source: Visual Studio Code's documentation ("Debugging", "Python debugging", "Node.js debugging") for `.vscode/launch.json`;
JetBrains' own plugin for "Attach to Node.js/Chrome". The file in which PyCharm stores "Attach to DAP" is not documented, so that
configuration is shown field by field instead (PyCharm help, "Attach to DAP").
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import quoteattr

import msgspec

from workbench.model.engine_api import DebuggedFunction
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.history import History

Ide = Literal["vscode", "pycharm"]
HOST = "127.0.0.1"
_WAIT_MS = 86_400_000
"""How long VS Code retries the Node.js port, a whole day, because it only answers once the function is invoked."""


class WrittenConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a request. `path` is None if nothing was written; the person can then copy `text`, and `why` says why."""

    name: str
    text: str
    path: Path | None = None
    why: str = ""


def write_configuration(ide: Ide, workspace: Path, debugged: DebuggedFunction) -> WrittenConfiguration:
    """Write or update the configuration that attaches to a function. Raises WorkspaceError if it cannot be written. Blocks."""
    if ide == "vscode":
        return _write_vscode(workspace, debugged)
    return _write_pycharm(workspace, debugged)


def configuration_name(debugged: DebuggedFunction) -> str:
    """Return the name under which the IDE lists the configuration."""
    return f"Workbench: {debugged.function_name}"


def vscode_configuration(workspace: Path, debugged: DebuggedFunction) -> dict[str, Any]:
    """Return the entry for launch.json's configurations."""
    local = _below(workspace, debugged.local_root, "${workspaceFolder}")
    head: dict[str, Any] = {"name": configuration_name(debugged), "request": "attach"}
    if debugged.language == "python":
        place = {"connect": {"host": HOST, "port": debugged.port}}
        mapping = {"pathMappings": [{"localRoot": local, "remoteRoot": debugged.remote_root}]} if _is_elsewhere(debugged) else {}
        return {**head, "type": "debugpy", **place, **mapping}
    roots = {"localRoot": local, "remoteRoot": debugged.remote_root} if _is_elsewhere(debugged) else {}
    # restart: the inspector's connection ends with its environment, and VS Code then waits for the next one.
    return {**head, "type": "node", "address": HOST, "port": debugged.port, "timeout": _WAIT_MS, "restart": True, **roots,
            "skipFiles": ["<node_internals>/**"]}


def _write_vscode(workspace: Path, debugged: DebuggedFunction) -> WrittenConfiguration:
    path = workspace / ".vscode" / "launch.json"
    entry = vscode_configuration(workspace, debugged)
    told = WrittenConfiguration(name=entry["name"], text=_json(entry, 4))
    try:
        before = read_bounded(path).decode()
    except FileNotFoundError:
        before = ""
    except (OSError, UnicodeDecodeError):
        return msgspec.structs.replace(told, why=f"{path} cannot be read.")
    document = _launch_document(before)
    if document is None:
        return msgspec.structs.replace(told, why=f"{path} has comments or is not what VS Code writes, so it was left unchanged.")
    document["configurations"] = _merged(document.get("configurations", []), entry)
    path.parent.mkdir(exist_ok=True)
    History(workspace).write(path, _json(document, _indentation(before)).encode() + b"\n")
    return msgspec.structs.replace(told, path=path)


def _launch_document(text: str) -> dict[str, Any] | None:
    """Decode launch.json; None if writing it back would lose something, such as comments."""
    if not text.strip():
        return {"version": "0.2.0", "configurations": []}
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    is_ours = isinstance(document, dict) and isinstance(document.get("configurations", []), list)
    return document if is_ours else None


def _merged(configurations: list[Any], entry: dict[str, Any]) -> list[Any]:
    """Return the configurations with the entry in place of the one with the same name, else at the end."""
    is_same = [isinstance(each, dict) and each.get("name") == entry["name"] for each in configurations]
    renewed = [entry if same else each for each, same in zip(configurations, is_same, strict=True)]
    return renewed if any(is_same) else [*configurations, entry]


def _indentation(text: str) -> int:
    match = re.search(r"\n( +)\S", text)
    return len(match[1]) if match else 4


def _json(document: object, indentation: int) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=indentation).decode()


def _write_pycharm(workspace: Path, debugged: DebuggedFunction) -> WrittenConfiguration:
    name = configuration_name(debugged)
    if debugged.language == "python":
        fields = (f"Remote address: {HOST}:{debugged.port}\nLocal project path: {debugged.local_root}\n"
                  f"Remote project path: {debugged.remote_root}")
        return WrittenConfiguration(
            name=name, text=fields, why="PyCharm has no documented file for this: Run | Edit Configurations | Attach to DAP.")
    path = workspace / ".idea" / "runConfigurations" / f"Workbench_{re.sub(r'[^A-Za-z0-9_-]', '_', debugged.function_name)}.xml"
    text = _attach_to_node(workspace, debugged)
    path.parent.mkdir(parents=True, exist_ok=True)
    History(workspace).write(path, text.encode())
    return WrittenConfiguration(name=name, text=text, path=path)


def _attach_to_node(workspace: Path, debugged: DebuggedFunction) -> str:
    local = _below(workspace, debugged.local_root, "$PROJECT_DIR$")
    mapping = f"    <mapping url={quoteattr(debugged.remote_root)} local-file={quoteattr(local)} />\n"
    return (
        '<component name="ProjectRunConfigurationManager">\n'
        f'  <configuration default="false" name={quoteattr(configuration_name(debugged))} type="ChromiumRemoteDebugType" '
        f'factoryName="Chromium Remote" host="{HOST}" port="{debugged.port}" restartOnDisconnect="true">\n'
        f'{mapping if _is_elsewhere(debugged) else ""}'
        '    <method v="2" />\n'
        "  </configuration>\n"
        "</component>\n"
    )


def _is_elsewhere(debugged: DebuggedFunction) -> bool:
    return debugged.local_root != debugged.remote_root


def _below(workspace: Path, folder: str, root: str) -> str:
    """Return a folder relative to the IDE's variable for the workspace root, because the file may be shared with others."""
    path = Path(folder)
    if not path.is_relative_to(workspace):
        return folder
    relative = path.relative_to(workspace).as_posix()
    return root if relative == "." else f"{root}/{relative}"
