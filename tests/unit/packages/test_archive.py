"""Zips as Lambda unpacks them, and hostile ones."""

import os
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.packages.zips import tree, write_zip
from workbench.model.failures import SandboxError, ServiceError
from workbench.packages.archive import unpack

COULD_NOT = "Could not unzip uploaded file. Please check your file, then try to upload again."


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "inner" / "target"
    folder.mkdir(parents=True)
    return folder


def test_files_folders_and_permissions(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"app.py": "1", "bin/tool": "22", "secret": "333", "empty/": ""},
                        modes={"bin/tool": 0o755, "secret": 0o4600})
    unpacked = unpack(archive, target)
    assert (unpacked.size_bytes, unpacked.left_out, unpacked.unreadable) == (6, (), ("secret",))
    assert tree(target) == {"app.py": "1", "bin/tool": "22", "secret": "333"}
    assert (target / "empty").is_dir()
    modes = {name: stat.S_IMODE((target / name).stat().st_mode) for name in tree(target)}
    assert modes == {"app.py": 0o444, "bin/tool": 0o555, "secret": 0}


def test_a_zip_without_permissions_gets_ordinary_ones(tmp_path: Path, target: Path) -> None:
    with zipfile.ZipFile(tmp_path / "windows.zip", "w") as archive:
        info = zipfile.ZipInfo("app.py")
        info.create_system, info.external_attr = 0, 0x20
        archive.writestr(info, "x")
    unpack(tmp_path / "windows.zip", target)
    assert stat.S_IMODE((target / "app.py").stat().st_mode) == 0o444


def test_links_stay_inside(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"lib/libx.so.1": "x"}, links={
        "lib/libx.so": "libx.so.1", "bin/deep/x": "/opt/lib/libx.so.1", "up": "..", "etc": "/etc/passwd",
        "hop": "lib/../../target2", "first": "second", "second": "../..", "chain": "up/inner"})
    unpacked = unpack(archive, target)
    assert set(unpacked.left_out) == {"up", "etc", "hop", "first", "second", "chain"}
    assert tree(target) == {"lib/libx.so.1": "x", "lib/libx.so": "-> libx.so.1", "bin/deep/x": "-> ../../lib/libx.so.1"}
    assert (target / "bin" / "deep" / "x").read_text() == "x"


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "C:\\x", "..\\x", "a/..", "\\\\host\\share\\x"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, target: Path, name: str) -> None:
    archive = write_zip(tmp_path / "a.zip", {"good": "1", name: "2"})
    with pytest.raises(ServiceError) as refused:
        unpack(archive, target)
    assert (refused.value.code, refused.value.status, refused.value.message) == ("InvalidParameterValueException", 400, COULD_NOT)
    assert name in refused.value.hint
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.zip"]


def test_nothing_is_written_through_a_link(tmp_path: Path, target: Path) -> None:
    (tmp_path / "outside").mkdir()
    archive = write_zip(tmp_path / "a.zip", {"door/x": "1"}, links={"door": "../../outside"})
    with pytest.raises(ServiceError, match="Could not unzip"):
        unpack(archive, target)
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("files", [{"a": "1", "a/b": "2"}, {"a/b": "1", "a": "2"}, {"n" * 300: "1"}])
def test_names_that_contradict_each_other_are_refused(tmp_path: Path, target: Path, files: dict[str, str | bytes]) -> None:
    with pytest.raises(ServiceError, match="Could not unzip"):
        unpack(write_zip(tmp_path / "a.zip", files), target)


def test_of_one_name_twice_the_last_counts(tmp_path: Path, target: Path) -> None:
    unpack(write_zip(tmp_path / "a.zip", {"x": "old", "./x": "new"}), target)
    assert tree(target) == {"x": "new"}


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "bomb.zip", {f"{number}": bytes(64 * 1_048_576) for number in range(4)} | {"more": "x"})
    assert archive.stat().st_size < 1_000_000
    with pytest.raises(ServiceError) as refused:
        unpack(archive, target)
    assert refused.value.message == "Unzipped size must be smaller than 262144000 bytes"
    assert not list(target.iterdir())


def test_a_bomb_that_lies_about_its_size_ends_at_what_it_said(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "bomb.zip", {"x": bytes(8 * 1_048_576)})
    data = bytearray(archive.read_bytes())
    directory = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 10)  # the uncompressed size in the central directory
    struct.pack_into("<I", data, data.index(b"PK\x03\x04") + 22, 10)
    archive.write_bytes(data)
    with pytest.raises(ServiceError, match="Could not unzip"):
        unpack(archive, target)
    assert sum(path.stat().st_size for path in target.rglob("*")) <= 10


def test_an_encrypted_zip_is_refused(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"x": "1"})
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    with pytest.raises(ServiceError, match="Could not unzip") as refused:
        unpack(archive, target)
    assert "encrypted" in refused.value.hint


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_zip_is_refused_or_unpacked_and_never_anything_else(tmp_path: Path, data: st.DataObject) -> None:
    archive = write_zip(tmp_path / "a.zip", {"app.py": "x" * 200, "bin/tool": bytes(range(50))}, links={"link": "app.py"})
    content = bytearray(archive.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    archive.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) - 3, len(content) // 2]))])
    target = tmp_path / f"target-{len(list(tmp_path.iterdir()))}"
    target.mkdir()
    with suppress(ServiceError):
        unpack(archive, target)
    for path in target.rglob("*"):
        assert Path(os.path.realpath(path)).is_relative_to(target.resolve())


@given(st.dictionaries(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20), st.just("1"), max_size=5),
       st.dictionaries(st.text("abc./", min_size=1, max_size=6), st.text("abc./", min_size=1, max_size=12), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_names_and_links_lead_out(tmp_path: Path, files: dict[str, str | bytes], links: dict[str, str]) -> None:
    base = tmp_path / f"case-{len(list(tmp_path.iterdir()))}"
    target = base / "target"
    target.mkdir(parents=True)
    archive = write_zip(base / "a.zip", files, links=links)
    with suppress(ServiceError):
        unpack(archive, target)
    assert {path.name for path in base.iterdir()} == {"a.zip", "target"}
    for path in target.rglob("*"):
        assert Path(os.path.realpath(path)).is_relative_to(target.resolve())


def test_a_folder_that_can_not_be_written_is_not_the_archives_fault(tmp_path: Path, target: Path, read_only) -> None:
    archive = write_zip(tmp_path / "a.zip", {"x": "1"})
    with read_only(target), pytest.raises(SandboxError, match="could not be unpacked: Permission denied"):
        unpack(archive, target)


def test_links_that_were_made_before_one_that_can_not_be_are_taken_back(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {}, links={"a": "./..", ".": "a"})
    with pytest.raises(ServiceError):
        unpack(archive, target)
    assert list(target.iterdir()) == []
