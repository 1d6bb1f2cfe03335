"""Packages without dependencies: folders, zips, layers and their limits."""

import asyncio
import shutil
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.unit.packages.functions import DOCKER, HERE, Steps, function, write_files
from tests.unit.packages.zips import entry, tree, write_zip
from workbench.model.failures import SandboxError, ServiceError, WorkspaceError
from workbench.packages.package import BuiltPackage, Packages

ARN = "arn:aws:lambda:us-east-1:017000801446:layer:Powertools:7"


async def prepare(packages: Packages, *layers: Path | str, code: Path, steps: Steps | None = None) -> BuiltPackage:
    return await packages.prepare(function(code, *layers), DOCKER, steps or Steps())


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    return Packages(tmp_path / "cache")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return write_files(tmp_path / "code", {"app.py": "x" * 10})


async def test_a_folder_with_nothing_to_build_is_taken_as_it_is(packages: Packages, code: Path) -> None:
    package = await prepare(packages, code=code)
    assert package == BuiltPackage(code_path=str(code), code_size_bytes=10, source_folder=str(code))
    assert package.of(function(code, "/a", "/b")).layers == ()
    assert not packages.store.folder.exists()


async def test_a_zip_is_unpacked_once(packages: Packages, tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "code.zip", {"app.py": "1234", "bin/tool": "x"}, modes={"bin/tool": 0o755})
    steps = Steps()
    first = await prepare(packages, code=archive, steps=steps)
    again = await prepare(packages, code=shutil.copy(archive, tmp_path / "copy.zip"), steps=steps)
    assert tree(Path(first.code_path)) == {"app.py": "1234", "bin/tool": "x"}
    assert (first.code_size_bytes, first.zipped_size_bytes) == (5, archive.stat().st_size)
    assert again == first
    assert steps.texts == "Unpacking code.zip"


async def test_a_zip_that_changes_is_another_package(packages: Packages, tmp_path: Path) -> None:
    first = await prepare(packages, code=write_zip(tmp_path / "code.zip", {"app.py": "1"}))
    second = await prepare(packages, code=write_zip(tmp_path / "code.zip", {"app.py": "2"}))
    assert [tree(Path(package.code_path)) for package in (first, second)] == [{"app.py": "1"}, {"app.py": "2"}]


async def test_layers_are_merged_in_order(packages: Packages, code: Path, tmp_path: Path) -> None:
    one = write_zip(tmp_path / "one.zip", {"python/a.py": "one", "python/b.py": "one", "lib/x": "file"})
    two = write_files(tmp_path / "two", {"python/b.py": "two", "lib/x/y": "folder"})
    three = write_zip(tmp_path / "three.zip", {"python/c.py": "three"}, links={"python/a.py": "c.py"})
    package = await prepare(packages, one, two, three, code=code)
    assert tree(Path(package.opt_path)) == {
        "python/a.py": "-> c.py", "python/b.py": "two", "python/c.py": "three", "lib/x/y": "folder"}
    assert package.layer_sizes_bytes == (10, 9, 9)
    assert package.of(function(code, one, two)).layers == (package.opt_path,)
    other = await prepare(packages, three, two, one, code=code)
    assert tree(Path(other.opt_path))["python/a.py"] == "one"


async def test_merged_layers_are_found_again_until_one_changes(packages: Packages, code: Path, tmp_path: Path) -> None:
    one = write_zip(tmp_path / "one.zip", {"python/a.py": "one"})
    two = write_files(tmp_path / "two", {"python/b.py": "two"})
    first = await prepare(packages, one, two, code=code)
    again = await Packages(packages.store.folder).prepare(function(code, one, two), DOCKER, Steps())
    (two / "python" / "b.py").write_text("new")
    changed = await prepare(packages, one, two, code=code)
    assert first == again
    assert tree(Path(first.opt_path))["python/b.py"] == "two"
    assert tree(Path(changed.opt_path))["python/b.py"] == "new"


async def test_the_content_of_a_zip_does_not_change_with_what_is_merged_over_it(
    packages: Packages, code: Path, tmp_path: Path
) -> None:
    one = write_zip(tmp_path / "one.zip", {"python/a.py": "one"})
    alone = await prepare(packages, one, code=code)
    await prepare(packages, one, write_files(tmp_path / "two", {"python/a.py": "two"}), code=code)
    assert tree(Path(alone.opt_path)) == {"python/a.py": "one"}


async def test_one_folder_as_layer_is_taken_as_it_is(packages: Packages, code: Path, tmp_path: Path) -> None:
    layer = write_files(tmp_path / "layer", {"python/a.py": "1"})
    assert (await prepare(packages, layer, code=code)).opt_path == str(layer)


async def test_a_layer_that_nobody_built_is_told(packages: Packages, code: Path, tmp_path: Path) -> None:
    layer = write_files(tmp_path / "layer", {"requirements.txt": "six"})
    (notice,) = (await prepare(packages, layer, code=code)).notices
    assert "has a requirements.txt but no folder python" in notice


async def test_a_published_layer_is_taken_from_where_it_is(code: Path, tmp_path: Path) -> None:
    layer = write_zip(tmp_path / "published" / "7.zip", {"python/a.py": "1"})
    packages = Packages(tmp_path / "cache", published={ARN: layer}.get)
    package = await prepare(packages, ARN, code=code)
    assert (tree(Path(package.opt_path)), package.notices) == ({"python/a.py": "1"}, ())


async def test_without_a_published_layer_the_function_runs_and_that_is_said(packages: Packages, code: Path) -> None:
    package = await prepare(packages, ARN, "<unresolved: !ImportValue x>", code=code)
    assert package.opt_path == ""
    assert f"The layer {ARN} is not on this machine: the function runs without it" in package.notices[0]
    assert package.notices[1].startswith("The layer !ImportValue x ")
    assert "is not known before a deployment" in package.notices[1]


@pytest.mark.parametrize(("layers", "message"), [
    ([f"{ARN[:-1]}{number}".replace("Power", f"Power{number}") for number in range(6)], "Cannot reference more than 5 layers."),
    ([ARN, ARN[:-1] + "8"], "Two different versions of the same layer are not allowed to be referenced in the same function. "
     f"{ARN} and {ARN[:-1]}8 are versions of the same layer."),
])
async def test_lists_of_layers_that_lambda_refuses(packages: Packages, code: Path, layers: list[str], message: str) -> None:
    with pytest.raises(ServiceError) as refused:
        await prepare(packages, *layers, code=code)
    assert (refused.value.code, refused.value.message) == ("InvalidParameterValueException", message)


async def test_a_layer_that_is_missing_or_no_zip_is_refused(packages: Packages, code: Path, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="does not exist"):
        await prepare(packages, tmp_path / "nowhere", code=code)
    with pytest.raises(ServiceError, match="Could not unzip uploaded file"):
        await prepare(packages, code / "app.py", code=code)


def sparse(folder: Path, size_bytes: int) -> Path:
    folder.mkdir(parents=True)
    with (folder / "big").open("wb") as file:
        file.truncate(size_bytes)
    return folder


async def test_sizes_are_limited_as_lambda_counts_them(packages: Packages, tmp_path: Path) -> None:
    limit = 262_144_000
    exact, over = sparse(tmp_path / "exact", limit), sparse(tmp_path / "over", limit + 1)
    byte, half = sparse(tmp_path / "byte", 1), sparse(tmp_path / "half", limit // 2 + 1)
    assert (await prepare(packages, code=exact)).code_size_bytes == limit
    for code, layers, message in (
        (over, (), "Unzipped size must be smaller than 262144000 bytes"),
        (exact, (byte,), "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. "
                         "The actual size is 262144001 bytes."),
        (byte, (half, half), "Layers consume more than the available size of 262144000 bytes"),
    ):
        with pytest.raises(ServiceError) as refused:
            await prepare(packages, *layers, code=code)
        assert refused.value.message == message


async def test_a_zip_above_50_mb_is_told_and_runs(packages: Packages, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(entry("big", 0o644, zipfile.ZIP_STORED), bytes(52_428_800))
    (notice,) = (await prepare(packages, code=tmp_path / "code.zip")).notices
    assert "Zipped size must be smaller than 52428800 bytes" in notice


async def test_links_that_lead_out_are_told_each_time(packages: Packages, tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "code.zip", {"app.py": "1"}, links={"etc": "/etc"})
    for _ in range(2):
        assert (await prepare(packages, code=archive)).notices == ("Links in code.zip that lead out of it were left out: etc.",)


async def test_code_that_is_not_there_or_no_zip(packages: Packages, tmp_path: Path, code: Path) -> None:
    with pytest.raises(WorkspaceError, match="does not exist"):
        await prepare(packages, code=tmp_path / "nowhere")
    with pytest.raises(ServiceError, match="Could not unzip uploaded file"):
        await prepare(packages, code=write_files(tmp_path, {"app.zip": "no zip"}) / "app.zip")


async def test_two_programs_at_once(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "code.zip", {f"f{number}.py": str(number) for number in range(50)})
    programs = [Packages(tmp_path / "cache") for _ in range(4)]
    found = await asyncio.gather(*(prepare(program, code=archive) for program in programs))
    assert len(set(found)) == 1
    assert len(tree(Path(found[0].code_path))) == 50
    assert list((tmp_path / "cache" / "making").iterdir()) == []


async def test_cancelling_in_the_middle_leaves_nothing(packages: Packages, tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "code.zip", {f"{number}": bytes(1_048_576) for number in range(200)})
    task = asyncio.create_task(prepare(packages, code=archive))
    while not list(packages.store.folder.glob("making/*/content/1")):
        await asyncio.sleep(0)
        assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not packages.store.folder.joinpath("zip").exists()
    assert list(packages.store.folder.glob("making/*")) == []


async def test_a_cache_that_can_not_be_written(tmp_path: Path, read_only) -> None:
    archive = write_zip(tmp_path / "code.zip", {"app.py": "1"})
    (tmp_path / "cache").mkdir()
    with read_only(tmp_path / "cache"), pytest.raises(SandboxError, match=r"The cache .* cannot be written"):
        await prepare(Packages(tmp_path / "cache"), code=archive)


async def test_code_that_can_not_be_read_is_told(tmp_path: Path, read_only) -> None:
    code = write_files(tmp_path / "code", {"app.py": "", "secret/x.py": ""})
    (code / "secret").chmod(0o000)
    try:
        with read_only(tmp_path), pytest.raises(SandboxError, match=r"not be prepared: .*secret: Permission denied") as failed:
            await prepare(Packages(tmp_path / "cache"), code=code)
    finally:
        (code / "secret").chmod(0o755)
    assert "can be read" in failed.value.hint


async def test_an_interpreter_that_is_gone_is_told(packages: Packages, tmp_path: Path) -> None:
    code = write_files(tmp_path / "needs", {"requirements.txt": "six"})
    gone = msgspec.structs.replace(HERE, interpreter=str(tmp_path / "python"))
    with pytest.raises(SandboxError, match="does not exist"):
        await packages.prepare(function(code), gone, Steps())
