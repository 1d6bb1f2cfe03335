"""Packages of folders that are not what would be deployed, of one file, of code in the template."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from tests.unit.packages.functions import DOCKER, Steps, function, write_files
from tests.unit.packages.zips import tree, write_zip
from workbench.model.failures import ServiceError
from workbench.model.function import Build
from workbench.packages.package import BuiltPackage, Packages


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    return Packages(tmp_path / "cache")


async def prepare(packages: Packages, code: Path, *layers: Path, **changes: object) -> BuiltPackage:
    return await packages.prepare(msgspec.structs.replace(function(code, *layers), **changes), DOCKER, Steps())


def modes(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}


async def test_the_workspace_itself_as_code(packages: Packages, tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {"app.py": "1", "template.yaml": "t", ".workbench/journal": "j", ".git/HEAD": "h"})
    package = await prepare(packages, root)
    assert tree(Path(package.code_path)) == {"app.py": "1", "template.yaml": "t"}
    assert package.code_size_bytes == 2
    write_files(root, {"app.py": "2", "new.py": "n", ".workbench/journal": "jj"})
    (root / "template.yaml").unlink()
    again = await prepare(packages, root)
    assert again.code_path == package.code_path
    assert tree(Path(again.code_path)) == {"app.py": "2", "new.py": "n"}


async def test_a_layer_that_is_the_workspace_itself(packages: Packages, tmp_path: Path) -> None:
    root = write_files(tmp_path / "app", {"python/a.py": "1", ".workbench/journal": "j"})
    code = write_files(tmp_path / "code", {"app.py": ""})
    assert tree(Path((await prepare(packages, code, root)).opt_path)) == {"python/a.py": "1"}
    other = write_files(tmp_path / "other", {"python/b.py": "2"})
    merged = await prepare(packages, code, root, other)
    (root / "python" / "a.py").write_text("changed")
    changed = await prepare(packages, code, root, other)
    assert [tree(Path(each.opt_path))["python/a.py"] for each in (merged, changed)] == ["1", "changed"]


async def test_modes_are_what_lambdas_user_has(packages: Packages, tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"app.py": "", "data.txt": "d", "lib/run": ""})
    (code / "data.txt").chmod(0o600)
    (code / "lib" / "run").chmod(0o775)
    (code / "lib").chmod(0o700)
    code.chmod(0o700)
    before = os.umask(0o077)
    try:
        package = await prepare(packages, code)
    finally:
        os.umask(before)
    assert modes(Path(package.code_path)) == {"app.py": 0o444, "data.txt": 0, "lib": 0o755, "lib/run": 0o555}
    assert package.unreadable == ("data.txt",)
    assert "only the owner may read data.txt of hello" in package.notices[0]
    (code / "data.txt").chmod(0o644)
    repaired = await prepare(packages, code)
    assert (modes(Path(repaired.code_path))["data.txt"], repaired.unreadable, repaired.notices) == (0o444, (), ())


async def test_a_zip_keeps_from_lambda_what_only_its_owner_may_read(packages: Packages, tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "code.zip", {"app.py": "", "data.txt": "d"}, modes={"data.txt": 0o600})
    for _ in range(2):
        package = await prepare(packages, archive)
        assert (package.unreadable, modes(Path(package.code_path))["data.txt"]) == (("data.txt",), 0)
        assert "only the owner may read data.txt" in package.notices[0]
        assert "repairs that in code.zip on its way" in package.notices[0]


async def test_a_link_to_more_than_lambda_takes_is_refused_in_its_words(packages: Packages, tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"app.py": ""})
    (tmp_path / "home").mkdir()
    with (tmp_path / "home" / "big").open("wb") as file:
        file.truncate(262_144_001)
    (code / "home").symlink_to(tmp_path / "home")
    with pytest.raises(ServiceError) as refused:
        await prepare(packages, code)
    assert refused.value.message == "Unzipped size must be smaller than 262144000 bytes"
    assert "what links lead to" in refused.value.hint
    assert not packages.store.folder.exists()


async def test_one_file_as_code(packages: Packages, tmp_path: Path) -> None:
    source = write_files(tmp_path / "src", {"app.py": "1", "other.py": "2"}) / "app.py"
    package = await prepare(packages, source)
    assert tree(Path(package.code_path)) == {"app.py": "1"}
    assert (package.code_size_bytes, package.zipped_size_bytes) == (1, None)


async def test_inline_code_is_a_file_called_index(packages: Packages, tmp_path: Path) -> None:
    first = await prepare(packages, tmp_path, inline_code="def h(e, c): return 1")
    assert tree(Path(first.code_path)) == {"index.py": "def h(e, c): return 1"}
    assert first.code_size_bytes == 21
    assert await prepare(packages, tmp_path, inline_code="def h(e, c): return 1") == first
    node = await prepare(packages, tmp_path, inline_code="exports.h = 1", runtime="nodejs20.x")
    assert tree(Path(node.code_path)) == {"index.js": "exports.h = 1"}


async def test_inline_code_has_cfn_response_where_it_loads_it(packages: Packages, tmp_path: Path) -> None:
    python = await prepare(packages, tmp_path, inline_code="import json\nimport cfnresponse\n")
    assert sorted(tree(Path(python.code_path))) == ["cfnresponse.py", "index.py"]
    node = await prepare(packages, tmp_path, inline_code='const r = require("cfn-response");', runtime="nodejs20.x")
    assert sorted(tree(Path(node.code_path))) == ["index.js", "node_modules/cfn-response/index.js"]


async def test_inline_code_of_other_languages_is_refused(packages: Packages, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="ZipFile can only be used when Runtime"):
        await prepare(packages, tmp_path, inline_code="x", runtime="ruby3.3")


async def test_a_cache_inside_the_code_is_never_copied_into_itself(tmp_path: Path) -> None:
    code = write_files(tmp_path / "app", {"app.js": "1", ".git/HEAD": ""})
    for text in ("1", "2"):
        (code / "app.js").write_text(text)
        package = await prepare(Packages(code / "caches" / "packages"), code, runtime="nodejs20.x")
        assert tree(Path(package.code_path)) == {"app.js": text}


async def test_python_keeps_what_lies_there_when_no_build_is_wanted(packages: Packages, tmp_path: Path) -> None:
    code = write_files(tmp_path / "app", {"app.py": "1", "env/x.py": "2", ".git/HEAD": ""})
    build = Build(logical_id="Hello", properties={"SkipBuild": True})
    assert sorted(tree(Path((await prepare(packages, code)).code_path))) == ["app.py"]
    assert sorted(tree(Path((await prepare(packages, code, build=build)).code_path))) == ["app.py", "env/x.py"]


async def test_what_is_installed_for_development_does_not_make_it_too_large(packages: Packages, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    write_files(tmp_path / "ours", {"package.json": '{"name": "ours", "version": "1.0.0"}', "index.js": "module.exports = 1;"})
    listed = '{"dependencies": {"ours": "file:../ours"}, "devDependencies": {"big": "1"}}'
    code = write_files(tmp_path / "app", {
        "app.js": "require('ours');", "package.json": listed,
        "node_modules/ours/index.js": "", "node_modules/big/big": ""})
    os.truncate(code / "node_modules" / "big" / "big", 262_144_000)
    package = await prepare(packages, code, runtime="nodejs20.x")
    found = tree(Path(package.code_path))
    assert found["node_modules/ours/index.js"] == "module.exports = 1;"
    assert "node_modules/big/big" not in found
    assert package.code_size_bytes < 10_000
    assert "installed without development dependencies" in package.notices[-1]


async def test_names_that_are_no_text(packages: Packages, tmp_path: Path) -> None:
    code = write_files(tmp_path / "app", {"app.py": "1", ".git/HEAD": ""})
    odd = code / os.fsdecode(b"n\xff\xfem\xc3\xb6")
    try:
        odd.write_text("x")
    except OSError:
        pytest.skip("this file system takes texts only")
    odd.chmod(0o600)
    package = await prepare(packages, code)
    assert len(list(Path(package.code_path).iterdir())) == 2
    assert package.notices[0].encode()
    odd.unlink()
    again = await prepare(packages, code)
    assert [path.name for path in Path(again.code_path).iterdir()] == ["app.py"]
