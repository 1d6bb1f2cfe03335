"""What a runtime brings beside its language: which functions wait for it, what is installed, and what is said without it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.unit.packages.functions import DOCKER, HERE, Steps, function, write_files
from workbench.packages.cancellation import never
from workbench.packages.package import BuiltPackage, Packages
from workbench.packages.runtime_sdk import RuntimeSdk, UnreadableSdks, find_sdk, may_need
from workbench.packages.targets import Target
from workbench.runtimes.catalogue import known_runtimes

NO_REGISTRY = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": "",
               "UV_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": "/dev/null", "PATH": ""}
SIX = RuntimeSdk(runtimes=("python3.13",), manager="pip", packages=("six==1.17.0",), modules=("six",), date="2026-11-29",
                 source="")
BOTO = find_sdk("python3.13")


def own_file(folder: Path, *sdks: RuntimeSdk) -> Path:
    """A person's own list."""
    file = folder / "runtime_sdks.json"
    file.write_bytes(msgspec.json.encode({"sdks": sdks}))
    return file


async def prepare(folder: Path, files: dict[str, str], *, target: Target = HERE, variables: dict[str, str] | None = None,
                  own: Path | None = None) -> tuple[BuiltPackage, Steps]:
    """The package of these files, and what was told meanwhile."""
    steps = Steps()
    packages = Packages(folder / "cache", variables=variables, own_sdks=own or own_file(folder, SIX))
    return await packages.prepare(function(write_files(folder / "code", files)), target, steps), steps


def test_every_python_runtime_that_can_run_here_brings_boto3() -> None:
    for runtime in known_runtimes():
        if runtime.family == "python" and tuple(map(int, runtime.version.split("."))) >= (3, 8):
            sdk = find_sdk(runtime.identifier)
            assert sdk is not None, runtime.identifier
            assert sdk.title.startswith("boto3 1."), runtime.identifier
            assert {"boto3", "botocore", "urllib3", "simplejson"} <= set(sdk.modules)
            assert all("==" in package for package in sdk.packages)
            assert sdk.date
            assert sdk.source


@pytest.mark.parametrize("files", [
    {"app.py": "import boto3\n"}, {"deep/er/x.py": "from botocore.config import Config\n"}, {"a.py": "m = ('boto3', 'yaml')\n"},
    {"a.pyc": "\x00boto3\x00"},
])
def test_what_names_a_module_may_need_it(tmp_path: Path, files: dict[str, str]) -> None:
    assert BOTO is not None
    assert may_need(BOTO, [write_files(tmp_path, files)], never)


@pytest.mark.parametrize("files", [
    {"app.py": "import json\n"}, {"app.py": "import my_boto3, sixty\n"}, {"readme.md": "boto3"}, {".git/x.py": "boto3"},
    {".venv/x.py": "boto3"},
])
def test_others_do_not_wait(tmp_path: Path, files: dict[str, str]) -> None:
    assert BOTO is not None
    assert not may_need(BOTO, [write_files(tmp_path, files)], never)


def test_what_the_package_brings_itself_is_not_needed(tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"app.py": "import six\n"})
    layer = write_files(tmp_path / "layer", {"python/six.py": "import six\n"})
    assert may_need(SIX, [code], never)
    assert not may_need(SIX, [code, layer], never)


async def test_it_is_installed_once_and_with_progress(tmp_path: Path) -> None:
    package, steps = await prepare(tmp_path, {"app.py": "import six"})
    assert Path(package.runtime_path, "six.py").is_file()
    assert any(Path(package.runtime_path).rglob("six.*.pyc")), "no byte code: every cold start would compile it"
    assert steps.texts.startswith("Installing six 1.17.0 and what else python3.13 brings with ")
    again, steps = await prepare(tmp_path, {"app.py": "import six # again"})
    assert (again.runtime_path, steps.all) == (package.runtime_path, [])


async def test_a_function_without_need_and_a_container_get_nothing(tmp_path: Path) -> None:
    package, steps = await prepare(tmp_path, {"app.py": "import json"})
    assert (package.runtime_path, package.notices, steps.all) == ("", (), [])
    package, steps = await prepare(tmp_path, {"app.py": "import six"}, target=DOCKER)
    assert (package.runtime_path, package.notices, steps.all) == ("", (), [])


async def test_without_a_network_the_function_runs_and_it_is_said(tmp_path: Path) -> None:
    package, _ = await prepare(tmp_path, {"app.py": "import six"}, variables=NO_REGISTRY)
    assert package.runtime_path == ""
    assert package.retry_after_s is not None
    (notice,) = package.notices
    assert notice.startswith("pip could not install six 1.17.0 and what else python3.13 brings (exit status 1). ERROR: ")
    assert "On Lambda the runtime includes it; here hello runs without it, and importing six fails. " in notice


async def test_an_own_list_that_is_not_to_be_read_is_told(tmp_path: Path) -> None:
    own = tmp_path / "runtime_sdks.json"
    own.write_text("{")
    package, _ = await prepare(tmp_path, {"app.py": "import six"}, own=own)
    assert package.runtime_path == ""
    assert str(own) in package.notices[0]
    with pytest.raises(UnreadableSdks):
        find_sdk("python3.13", own)


def test_an_own_list_wins(tmp_path: Path) -> None:
    assert find_sdk("python3.13", own_file(tmp_path, SIX)) == SIX
    assert find_sdk("python3.12", own_file(tmp_path, SIX)) != SIX
    assert find_sdk("python3.13", tmp_path / "none") == BOTO
