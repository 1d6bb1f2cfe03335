"""What of a folder becomes the package: as sam package and the AWS CLI walk it."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.packages.functions import write_files
from workbench.model.left_out import NEVER_CODE, TAKEN_AS_IT_IS, left_out
from workbench.packages.sources import effective_mode, read_source, source_notices

PYTHON = left_out("python")


def names(folder: Path, rules=NEVER_CODE) -> list[str]:
    return [found.name for found in read_source(folder, rules).files]


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return write_files(tmp_path / "code", {"app.py": "x" * 10})


def test_our_state_tools_and_environments_are_no_code(code: Path) -> None:
    write_files(code, {".workbench/settings.json": "", ".git/HEAD": "", ".aws-sam/build/F/app.py": "", "lib/.git": "gitdir: x",
                       ".venv/x.py": "", "my-env/pyvenv.cfg": "", "my-env/lib/x.py": "", "lib/__pycache__/x.pyc": "",
                       "template.yaml": "", "events/one.json": "", "lib/x.py": ""})
    source = read_source(code)
    assert [found.name for found in source.files] == ["app.py", "events/one.json", "lib/x.py", "template.yaml"]
    assert not source.is_exact


def test_python_functions_lack_what_sam_build_leaves_out_and_that_is_told(code: Path) -> None:
    write_files(code, {".env": "A=1", "env/x.py": "", "old.pyc": "", "venv/x.py": "", "lib.so": ""})
    assert names(code, PYTHON) == ["app.py", "lib.so"]
    assert names(code, left_out("nodejs")) == [".env", "app.py", "env/x.py", "lib.so", "old.pyc", "venv/x.py"]
    (notice,) = source_notices("F", read_source(code, PYTHON))
    assert notice.startswith(".env, env is not in the package of F")


def test_a_folder_that_is_the_package_is_used_in_place(code: Path) -> None:
    write_files(code, {"lib/x.py": "", "__pycache__/app.pyc": "", "node_modules/.bin/keep": "", "node_modules/a/cli.js": ""})
    (code / "node_modules" / ".bin" / "a").symlink_to("../a/cli.js")
    assert read_source(code).is_exact


@pytest.mark.parametrize("spoil", [
    lambda code: (code / "x.py").symlink_to("app.py"), lambda code: (code / "app.py").chmod(0o600),
    lambda code: (code / "app.py").chmod(0o744), lambda code: code.chmod(0o700), lambda code: (code / ".git").mkdir(),
    lambda code: os.mkfifo(code / "pipe"),
])
def test_any_other_is_not(code: Path, spoil) -> None:
    assert read_source(code).is_exact
    spoil(code)
    assert not read_source(code).is_exact


def test_links_bring_what_they_lead_to(code: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "shared", {"common.py": "c", "deep/x.py": "", ".git/HEAD": ""})
    (code / "shared").symlink_to("../shared")
    (code / "one.py").symlink_to(tmp_path / "shared" / "common.py")
    (code / "alias.py").symlink_to("app.py")
    source = read_source(code)
    assert [found.name for found in source.files] == ["alias.py", "app.py", "one.py", "shared/common.py", "shared/deep/x.py"]
    assert source.size_bytes == 10 + 10 + 1 + 1


def test_circles_end_and_links_to_nowhere_are_told(code: Path) -> None:
    write_files(code, {"lib/x.py": ""})
    (code / "lib" / "up").symlink_to("..")
    (code / "self").symlink_to("self")
    (code / "gone").symlink_to("/nowhere/at/all")
    source = read_source(code)
    assert [found.name for found in source.files] == ["app.py", "lib/x.py"]
    assert source.broken == ("gone", "lib/up", "self")
    assert "Broken or circular links" in source_notices("F", source)[0]


def test_a_folder_that_is_linked_twice_comes_twice(code: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "shared", {"x.py": ""})
    for name in ("a", "b"):
        (code / name).symlink_to(tmp_path / "shared")
    assert names(code) == ["a/x.py", "app.py", "b/x.py"]


def test_a_link_to_everything_is_not_followed_to_its_end(code: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "home", {f"{number}.txt": "x" * 100 for number in range(100)})
    (code / "home").symlink_to(tmp_path / "home")
    source = read_source(code, limit_bytes=1000)
    assert not source.is_whole
    assert len(source.files) < 15


def test_what_others_may_do_decides(code: Path) -> None:
    modes = {"a": (0o644, 0o444), "b": (0o755, 0o555), "c": (0o600, 0), "d": (0o744, 0o444), "e": (0o660, 0), "f": (0o606, 0o444)}
    for name, (mode, _) in modes.items():
        (code / name).write_text("")
        (code / name).chmod(mode)
    source = read_source(code)
    assert {found.name: effective_mode(found.status) for found in source.files if found.name in modes} == {
        name: mode for name, (_, mode) in modes.items()}
    assert source.unreadable == ("c", "e")
    assert "Permission denied on Lambda: only the owner may read c, e of F" in source_notices("F", source)[0]


def test_the_signature_tells_of_what_is_packaged_and_of_nothing_else(code: Path, tmp_path: Path) -> None:
    outside = write_files(tmp_path / "shared", {"common.py": "1"}) / "common.py"
    (code / "common.py").symlink_to(outside)
    before = read_source(code).signature()
    write_files(code, {".git/HEAD": "", ".workbench/journal": ""})
    assert read_source(code).signature() == before
    outside.write_text("22")
    changed = read_source(code).signature()
    outside.chmod(0o600)
    assert len({before, changed, read_source(code).signature()}) == 3


FILE_NAMES = st.sampled_from(["a.py", "b.txt", "x/c.py", "x/y/d.js", "x/z", "w/e"])
LINKS = st.dictionaries(st.sampled_from(["l1", "x/l2", "w/l3"]), st.sampled_from(["a.py", "x", "../a.py", "/etc/hostname"]))


@given(files=st.dictionaries(FILE_NAMES, st.text("ab", max_size=3), min_size=1), links=LINKS)
def test_the_same_files_as_the_tools_of_aws_upload(tmp_path_factory: pytest.TempPathFactory, files, links) -> None:
    from awscli.customizations.cloudformation.artifact_exporter import make_zip
    from samcli.lib.package.utils import make_zip_with_lambda_permissions

    root = tmp_path_factory.mktemp("tree")
    code = write_files(root / "code", files)
    for name, target in links.items():
        place = code / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (place.parent / target).exists() and not code.resolve().is_relative_to((place.parent / target).resolve()) \
                and not place.parent.resolve().is_relative_to((place.parent / target).resolve()):
            place.symlink_to(target)
    ours = read_source(code, TAKEN_AS_IT_IS)
    for zipped in (make_zip(str(root / "cli"), str(code)), make_zip_with_lambda_permissions(str(root / "sam"), str(code))):
        with zipfile.ZipFile(zipped) as archive:
            theirs = {entry.filename: entry.file_size for entry in archive.infolist()}
        assert {found.name: found.status.st_size for found in ours.files} == theirs
