"""What of a list of packages is more than packages with versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.packages.functions import function
from workbench.model.failures import InvalidInput
from workbench.packages.build_failures import DependencyError
from workbench.packages.build_variables import build_variables
from workbench.packages.lock_addresses import without_registries
from workbench.packages.node_projects import NodeProject
from workbench.packages.plain_lists import refuse_variables, unusual_packages, unusual_requirements


@pytest.mark.parametrize("line", [
    "requests", "requests==2.1", "a[b,c]>=1,<2", 'x~=1.0 ; python_version < "3.9"', "-r base.txt", "-c limits.txt",
    "x==1 --hash=sha256:ab", "foo (>=1.0)", "six==1.17.0 \\", "# a comment", "",
])
def test_plain_requirements_need_no_trust(line: str) -> None:
    assert unusual_requirements({"requirements.txt": line.encode()}) == []


@pytest.mark.parametrize("line", [
    "git+https://host/x", "a @ https://host/x.whl", "a @ file:///x", "./pkg", "../pkg", "/abs/pkg", "-e .", "--editable=./x",
    "-e git+ssh://x",
        "--index-url https://host", "-i https://host", "--extra-index-url=https://host", "--find-links .", "--trusted-host x",
    "-r https://host/r",
        "pkg.tar.gz", "pkg-1.0-py3-none-any.whl", "pkg.zip", "--no-binary :all:", "--global-option=x", "x --config-settings=a=b",
    "x" + " " * 5_000 + "!",
])
def test_all_else_in_requirements_needs_trust(line: str) -> None:
    assert len(unusual_requirements({"requirements.txt": f"six\n{line}\n".encode()})) == 1


@pytest.mark.parametrize(("document", "is_plain"), [
    ({"a": "^1.2.3", "b": "latest", "c": ">=1 <2 || ^3", "d": "npm:foo@^1", "@s/e": "npm:@s/f@1", "g": ""}, True),
    ({"a": "git+ssh://git@host/x"}, False), ({"a": "github:a/b"}, False), ({"a": "a/b"}, False),
    ({"a": "https://host/x.tgz"}, False), ({"a": "file:../gone"}, False),
])
def test_specifiers_of_npm(document: dict[str, str], is_plain: bool) -> None:
    files = {"package.json": json.dumps({"dependencies": document}).encode()}
    assert (unusual_packages(NodeProject(code="", files=files)) == []) is is_plain


@pytest.mark.parametrize(("name", "content", "is_plain"), [
    (".npmrc", "legacy-peer-deps=true\n; a comment\nsave-exact = true", True),
    (".npmrc", "registry=https://host/", False), (".npmrc", "script-shell=./sh", False),
    (".npmrc", "node-options=--require x", False),
    (".npmrc", "//host/:_authToken=${NPM_TOKEN}", False), (".npmrc", "git=./git", False), (".npmrc", "loglevel=${HOME}", False),
    ("package-lock.json", '{"packages": {"node_modules/a": {"resolved": "https://npm.example/a/-/a-1.0.0.tgz"}}}', True),
    ("package-lock.json", '{"packages": {"node_modules/a": {"resolved": "https://h.example/npm/@s/a/-/a-1.0.0.tgz"}}}', True),
    ("package-lock.json", '{"packages": {"node_modules/a": {"resolved": "https://h.example/a-1.0.0.tgz"}}}', False),
    ("package-lock.json", '{"packages": {"node_modules/a": {"resolved": "https://localhost/a/-/a-1.0.0.tgz"}}}', False),
    ("package-lock.json", '{"packages": {"node_modules/a": {"resolved": "http://npm.example/a/-/a-1.0.0.tgz"}}}', False),
    ("package-lock.json", '{"dependencies": {"a": {"version": "https://npm.example/a/-/a-1.0.0.tgz"}}}', False),
    ("package-lock.json", '{"packages": {"node_modules/a": {"resolved": "git+ssh://git@host/a.git#1"}}}', False),
    ("package-lock.json", '{"packages": {"node_modules/a": {"resolved": "http://169.254.169.254/a.tgz"}}}', False),
    ("package-lock.json", '{"dependencies": {"a": {"requires": {}, "dependencies": {"b": {"version": "git+ssh://h"}}}}}', False),
    ("yarn.lock", 'a@1:\n  version "1.0.0"\n  resolved "https://npm.example/a/-/a-1.0.0.tgz#1"\n', True),
    ("yarn.lock", 'a@1:\n  resolved "git+ssh://host/a.git"\n', False),
])
def test_settings_and_locks_of_npm(name: str, content: str, is_plain: bool) -> None:
    files = {"package.json": b"{}", name: content.encode()}
    assert (unusual_packages(NodeProject(code="", files=files)) == []) is is_plain


def test_registries_of_locks_are_left_out_of_what_npm_gets() -> None:
    place = "https://npm.example/a/-/a-1.0.0.tgz"
    lock = {"packages": {"node_modules/a": {"version": "1.0.0", "resolved": place, "integrity": "x"},
                         "node_modules/b": {"resolved": "file:b", "link": True}}}
    assert json.loads(without_registries("package-lock.json", json.dumps(lock).encode())) == {"packages": {
        "node_modules/a": {"version": "1.0.0", "integrity": "x"}, "node_modules/b": {"resolved": "file:b", "link": True}}}
    yarn = b'a@1:\n  version "1.0.0"\n  resolved "https://npm.example/a/-/a-1.0.0.tgz#1"\n  integrity x\nb@2:\n  version "2"\n'
    assert without_registries("yarn.lock", yarn) == b'a@1:\n  version "1.0.0"\n  integrity x\nb@2:\n  version "2"\n'
    assert without_registries("package.json", b"{}") == b"{}"


def test_builds_get_the_variables_that_tools_work_with_and_no_others(tmp_path: Path) -> None:
    person = {"PATH": f"/usr/bin:.::{tmp_path}", "HOME": "/home/me", "LC_ALL": "C", "https_proxy": "http://p",
              "AWS_SECRET_ACCESS_KEY": "s",
                            "NPM_TOKEN": "t", "GITHUB_TOKEN": "g", "PIP_INDEX_URL": "https://mine",
              "PYTHONPATH": "/x", "NODE_OPTIONS": "-r x"}
    passed = build_variables(person, tmp_path / "builds.json")
    assert passed.keys() - {"WORKBENCH_ALLOWED_BY_NAME"} == {"PATH", "HOME", "LC_ALL", "https_proxy", "PIP_INDEX_URL"}
    assert passed["PATH"] == f"/usr/bin:{tmp_path}"
    (tmp_path / "builds.json").write_text('{"variables": ["NPM_TOKEN"]}')
    assert build_variables(person, tmp_path / "builds.json")["NPM_TOKEN"] == "t"
    (tmp_path / "builds.json").write_text("{")
    with pytest.raises(InvalidInput, match=r"builds\.json"):
        build_variables(person, tmp_path / "builds.json")


def test_addresses_get_no_variable_but_those_allowed_by_name(tmp_path: Path) -> None:
    files = {".npmrc": b"//host/:_authToken=${NPM_TOKEN}", "requirements.txt": b"--index-url https://${HOME}@host\n"}
    told = function(tmp_path)
    with pytest.raises(DependencyError, match="HOME, a variable of yours") as refused:
        refuse_variables(told, files, build_variables({"NPM_TOKEN": "t", "HOME": "/h"}))
    assert "builds.json" in refused.value.hint
    (tmp_path / "builds.json").write_text('{"variables": ["NPM_TOKEN", "HOME"]}')
    refuse_variables(told, files, build_variables({"NPM_TOKEN": "t", "HOME": "/h"}, tmp_path / "builds.json"))
