"""Archives that our export did not write: refused in one line, and nothing of them is kept."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import archive, resources_in
from tests.unit.engine.registry.transfer.test_api_state import everything, exported, make, packages
from workbench.gateway.wire.documents import checked
from workbench.model.failures import InvalidInput

DOCUMENT = "api-state.json"
Entries = dict[str, bytes]
Change = Callable[[Entries], None]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Entries:
    """The entries of an export."""
    async def export() -> bytes:
        async with resources_in(tmp_path_factory.mktemp("sound"), HeldClock()) as resources:
            await make(resources)
            return (await exported(resources)).getvalue()

    with zipfile.ZipFile(io.BytesIO(asyncio.run(export()))) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(entries: Entries, compression: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return content.getvalue()


def document(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change the document as a whole."""
    def apply(entries: Entries) -> None:
        found = json.loads(entries[DOCUMENT])
        change(found)
        entries[DOCUMENT] = json.dumps(found).encode()

    return apply


def record(kind: str, change: Callable[[dict[str, Any]], object]) -> Change:
    """Change each record of a kind."""
    def apply(found: dict[str, Any]) -> None:
        for each in found["records"]:
            if each["kind"] == kind:
                change(each["record"])

    return document(apply)


def setting(name: str, value: object, kind: str = "FunctionRecord") -> Change:
    return record(kind, lambda each: each["definition"]["settings"].update({name: value}))


def renamed(name: str) -> Change:
    def apply(entries: Entries) -> None:
        package = next(each for each in entries if each != DOCUMENT)
        entries[name] = entries.pop(package)

    return apply


def other_package(content: bytes) -> Change:
    def apply(entries: Entries) -> None:
        entries[next(each for each in entries if each != DOCUMENT)] = content

    return apply


def dropped(kind: str, member: str) -> Change:
    return record(kind, lambda each: each["definition"]["settings"].pop(member))


CHANGES: dict[str, Change] = {
    "no document": lambda entries: entries.pop(DOCUMENT) and None,
    "no JSON": lambda entries: entries.update({DOCUMENT: b"{"}),
    "deep JSON": lambda entries: entries.update({DOCUMENT: b"[" * 100_000}),
    "another document": lambda entries: entries.update({DOCUMENT: b"{}"}),
    "a later version": document(lambda found: found.update(version=2)),
    "another format": document(lambda found: found.update(format="x")),
    "a record of an unknown kind": document(lambda found: found["records"][0].update(kind="Registry")),
    "a record twice": document(lambda found: found["records"].append(found["records"][0])),
    "a record without its members": document(lambda found: found["records"][0].update(record={})),
    "a package outside": renamed("../../evil.zip"),
    "a package elsewhere": renamed("code/evil.zip"),
    "a package of another name": renamed(f"code/{'0' * 64}.zip"),
    "a package too many": lambda entries: entries.update({f"code/{'0' * 64}.zip": archive()}),
    "a package too few": lambda entries: entries.pop(next(each for each in entries if each != DOCUMENT)) and None,
    "another package": other_package(archive("other")),
    "a package that is none": other_package(b"PK"),
    "another digest": record("FunctionRecord", lambda each: each["definition"]["code"].update(sha256="x")),
    "another size": record("FunctionRecord", lambda each: each["definition"]["code"].update(size_bytes=1)),
    "a package by its path": record("FunctionRecord", lambda each: each["definition"]["code"].update(object_name="../x.zip")),
    "a package and an image": record("FunctionRecord", lambda each: each["definition"]["code"].update(image_uri="x")),
    "a name with a slash": record("FunctionRecord", lambda each: each.update(name="../f")),
    "a name with a separator": record("FunctionRecord", lambda each: each.update(name="f\x1fg")),
    "tags of a name with a separator": record("TagsRecord", lambda each: each.update(function_name="f\x1fg")),
    "tags of no name": record("TagsRecord", lambda each: each.update(function_name="")),
    "a policy of a path": record("PolicyRecord", lambda each: each.update(qualifier="../live")),
    "a Region that is none": record("FunctionRecord", lambda each: each["scope"].update(region="../x")),
    "an account that is none": record("FunctionRecord", lambda each: each["scope"].update(account="1")),
    "a time after all times": record("FunctionRecord", lambda each: each.update(modified_ms=10**18)),
    "a time before all times": record("LayerVersionRecord", lambda each: each.update(created_ms=-1)),
    "a version that is no number": record("VersionRecord", lambda each: each.update(version="one")),
    "a layer version 0": record("LayerVersionRecord", lambda each: each.update(version=0)),
    "an alias of nothing": record("AliasRecord", lambda each: each.update(version="../1")),
    "a weight above 1": record("AliasRecord", lambda each: each.update(weights={"1": 5.0})),
    "a statement without an id": record("PolicyRecord", lambda each: each.update(statements=[{}])),
    "no statement": record("PolicyRecord", lambda each: each.update(statements=[])),
    "a URL of another host": record("FunctionUrlRecord", lambda each: each.update(url_id="a.example.com/")),
    "a URL of a version": record("FunctionUrlRecord", lambda each: each.update(qualifier="1")),
    "a URL without a kind of authorization": record("FunctionUrlRecord", lambda each: each.update(auth_type="")),
    "a URL with unknown CORS": record("FunctionUrlRecord", lambda each: each.update(cors={"MaxAge": -1})),
    "a mapping of no function": record("EventSourceMappingRecord", lambda each: each.update(function_arn="../x y")),
    "a mapping of no source": record("EventSourceMappingRecord", lambda each: each["settings"].update(EventSourceArn="x")),
    "a mapping without a size": record("EventSourceMappingRecord", lambda each: each["settings"].pop("BatchSize")),
    "a timeout of a year": setting("Timeout", 31_536_000),
    "a timeout of text": setting("Timeout", "3"),
    "memory of a terabyte": setting("MemorySize", 1_000_000),
    "no architecture": setting("Architectures", []),
    "variables that are none": setting("Environment", {"Variables": {"A B": "c"}}),
    "variables that are too many": setting("Environment", {"Variables": {"A": "x" * 5000}}),
    "a layer that is none": setting("Layers", ["/etc"]),
    "a log group that is none": setting("LoggingConfig", {"LogFormat": "Text", "LogGroup": "a b"}),
    "a .zip that is an image": setting("PackageType", "Image"),
    "a runtime that is none": setting("Runtime", "python9"),
    "no handler": dropped("FunctionRecord", "Handler"),
    "no role": dropped("VersionRecord", "Role"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_an_archive_that_no_export_wrote_is_refused(change: str, sound: Entries, tmp_path: Path) -> None:
    entries = dict(sound)
    CHANGES[change](entries)
    await _refused(zipped(entries), tmp_path)


FILES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "text": lambda _: b"something else" * 10,
    "half": lambda sound: sound[: len(sound) // 2],
    "zeros": lambda _: bytes(10_000),
    "with a comment": lambda sound: sound[:-2] + b"\x01\x00x",
    "a directory of a gigabyte": lambda sound: sound[:-10] + (1 << 30).to_bytes(4, "little") + sound[-6:],
    "more entries than there are": lambda sound: sound[:-12] + b"\xff\xff" + sound[-10:],
    "a directory elsewhere": lambda sound: sound[:-6] + b"\xff\xff\xff\x7f" + sound[-2:],
    "the directory of a larger format": lambda sound: sound[:-22] + b"PK\6\7" + bytes(16) + sound[-22:],
    "zeros in the middle": lambda sound: sound[:200] + bytes(300) + sound[500:],
}


@pytest.mark.parametrize("damage", FILES)
async def test_a_damaged_file_is_refused(damage: str, sound: Entries, tmp_path: Path) -> None:
    await _refused(FILES[damage](zipped(sound)), tmp_path)


async def test_a_document_without_an_end_is_not_unpacked(sound: Entries, tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in sound.items():
            is_document = name == DOCUMENT
            file.writestr(name, data + b" " * (65 << 20 if is_document else 0),
                          zipfile.ZIP_DEFLATED if is_document else zipfile.ZIP_STORED)
    assert len(content.getvalue()) < 100_000
    await _refused(content.getvalue(), tmp_path)


async def test_a_directory_that_could_be_of_any_size_is_not_read(sound: Entries, tmp_path: Path) -> None:
    """That of the larger format is sound, and `zipfile` would take it instead."""
    content = zipped(sound)
    end = content[-22:]
    entries, size_bytes, offset = struct.unpack("<10xH2L2x", end)
    larger = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, size_bytes, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(content) - len(end), 1)
    changed = content[: -len(end)] + larger + locator + end
    assert zipfile.ZipFile(io.BytesIO(changed)).namelist() == list(sound)
    await _refused(changed, tmp_path)


async def test_compressed_packages_are_not_unpacked(sound: Entries, tmp_path: Path) -> None:
    await _refused(zipped(sound, zipfile.ZIP_DEFLATED), tmp_path)


async def test_what_reaches_for_this_machine_is_not_taken(tmp_path: Path, sound: Entries) -> None:
    """A version of the template's function names folders, and says what may be mounted."""
    def frozen(each: dict[str, Any]) -> None:
        each["template"] = {"fingerprint": "x", "configuration": {
            "name": "f", "logicalId": "f", "runtime": "python3.12", "handler": "a.b", "codePath": "/etc", "layers": ["/etc"],
            "inlineCode": "x", "build": {"logicalId": "f", "method": "makefile"}, "allowed": {"folders": ["/root"]},
            "fileSystems": [{"arn": "a", "mountPath": "/mnt/a", "localFolder": "/root"}]}}

    entries = dict(sound)
    record("VersionRecord", frozen)(entries)
    async with resources_in(tmp_path, HeldClock()) as resources:
        await resources.api_state.add_from(io.BytesIO(zipped(entries)), checked, replace=False)
        function = resources.functions.configuration(resources.functions.require(resources.home, "f", "1"))
    assert function.code_path.startswith(str(tmp_path / "lambda" / "code"))
    assert (function.layers, function.build, function.inline_code, function.allowed.folders) == ((), None, "", ())
    assert [each.local_folder for each in function.file_systems] == [""]


async def test_bytes_that_are_changed_at_random_are_refused_or_harmless(sound: Entries, tmp_path: Path) -> None:
    chance = random.Random(11)
    async with resources_in(tmp_path, HeldClock()) as resources:
        for _ in range(400):
            content = bytearray(zipped(sound))
            for _ in range(chance.choice((1, 1, 5))):
                content[chance.randrange(len(content))] = chance.randrange(256)
            with contextlib.suppress(InvalidInput):
                await resources.api_state.add_from(io.BytesIO(content), checked, replace=True)
                await resources.api_state.reset()
        assert everything(resources) == {}
    assert packages(tmp_path) == set()


async def test_a_refusal_is_short_and_in_one_line(sound: Entries, tmp_path: Path) -> None:
    entries = dict(sound)
    setting("Runtime", "a\n\r\x1b[31m" * 10_000)(entries)
    async with resources_in(tmp_path, HeldClock()) as resources:
        with pytest.raises(InvalidInput) as refused:
            await resources.api_state.add_from(io.BytesIO(zipped(entries)), checked, replace=True)
    assert len(refused.value.message) < 500
    assert refused.value.message.isprintable()


async def _refused(content: bytes, folder: Path) -> None:
    async with resources_in(folder, HeldClock()) as resources:
        with pytest.raises(InvalidInput, match=r"^The file cannot be imported: ") as refused:
            await resources.api_state.add_from(io.BytesIO(content), checked, replace=True)
        assert "\n" not in refused.value.message
        assert everything(resources) == {}
    assert packages(folder) == set()
