"""What is noted of code and configuration: of folders, archives, lines in the template, images, and what cannot be read."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from workbench.engine.deployments import reading
from workbench.engine.deployments.reading import NotedPackage, read_deployment
from workbench.engine.journal.deployments import DeploymentNote
from workbench.model.function import ContainerImage, FunctionConfiguration
from workbench.model.lambda_names import Scope
from workbench.packages.differences import differences

SCOPE, KEY = Scope("us-east-1", "123456789012"), b"k" * 16


def function(**given: Any) -> FunctionConfiguration:
    usual: dict[str, Any] = {"name": "F", "logical_id": "F", "runtime": "python3.11", "handler": "app.handler", "code_path": "/x"}
    return FunctionConfiguration(**usual | given)


def read(key: bytes = KEY, **given: Any) -> DeploymentNote:
    return read_deployment("d", function(**given), SCOPE, key)


def folder(path: Path, **files: str) -> str:
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.py").write_text(text)
    return str(path)


def test_a_folder_is_noted_file_by_file_and_its_digest_is_that_of_its_package(tmp_path: Path) -> None:
    place = folder(tmp_path / "code", app="one", other="two")
    (tmp_path / "code" / "picture.bin").write_bytes(b"\0" * 10)
    note = read(code_path=place)
    assert note.files is not None
    assert {name: (each.size_bytes, each.is_kept) for name, each in note.files.items()} == {
        "app.py": (3, True), "other.py": (3, True), "picture.bin": (10, False)}
    assert sorted(note.texts.values()) == [b"one", b"two"]
    assert len(base64.b64decode(note.code_sha256)) == 32
    assert read(code_path=place).code_sha256 == note.code_sha256
    folder(tmp_path / "code", app="another")
    assert read(code_path=place).code_sha256 != note.code_sha256


def test_archives_lines_and_images(tmp_path: Path) -> None:
    archive = tmp_path / "code.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("app.py", "one")
    note = read(code_path=str(archive))
    assert note.code_sha256 == base64.b64encode(hashlib.sha256(archive.read_bytes()).digest()).decode()
    assert list(note.texts.values()) == [b"one"]
    assert list(read(inline_code="def handler(e, c): ...", code_path=str(tmp_path)).files or ()) == ["index.py"]
    assert read(image=ContainerImage(uri="a@sha256:0123"), runtime="", handler="").code_sha256 == "0123"


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    note = read(code_path=str(tmp_path / "nowhere"))
    assert (note.code_sha256, note.files, note.configuration["MemorySize"]) == ("", None, 128)


def test_no_value_of_a_variable_is_kept_and_another_value_is_told(tmp_path: Path) -> None:
    def variables(value: str, key: bytes = KEY) -> str:
        note = read(key, environment={"TOKEN": value}, code_path=str(tmp_path))
        assert value not in msgspec.json.encode(note.configuration).decode()
        return str(note.configuration["Environment"]["Variables"]["TOKEN"])

    assert variables("opensesame") == variables("opensesame") != variables("closesesame")
    assert variables("opensesame") != variables("opensesame", b"another key")
    assert variables("opensesame").startswith("••••••••")


def test_of_very_much_code_only_the_digest_is_kept(tmp_path: Path, monkeypatch: Any) -> None:
    place = folder(tmp_path / "code", a="1", b="2", c="3")
    monkeypatch.setattr(reading, "MOST_FILES", 2)
    note = read(code_path=place)
    assert (note.files, note.texts, len(note.code_sha256)) == (None, {}, 44)
    monkeypatch.setattr(reading, "MOST_FILES", 3)
    monkeypatch.setattr(reading, "MOST_TEXTS_BYTES", 2)
    monkeypatch.setattr(reading, "MOST_PACKED_BYTES", 1)
    note = read(code_path=place)
    assert note.files is not None
    assert (len(note.files), len(note.texts), len(note.code_sha256)) == (3, 2, 44)


def test_two_states_are_compared_by_what_was_kept(tmp_path: Path) -> None:
    before = read(code_path=folder(tmp_path / "code", app="one\n", same="x"))
    after = read(code_path=folder(tmp_path / "code", app="two\n", same="x", new="n"))
    assert before.files is not None
    assert after.files is not None
    found, same = differences(NotedPackage(before.files, before.texts), NotedPackage(after.files, after.texts))
    assert ([each.path for each in found], same) == (["app.py", "new.py"], 1)
    assert "-one\n+two" in found[0].diff
    without, _ = differences(NotedPackage(before.files, {}), NotedPackage(after.files, after.texts))
    assert (without[0].diff, without[0].why_no_diff) == ("", "The file is not text, or it is large.")
