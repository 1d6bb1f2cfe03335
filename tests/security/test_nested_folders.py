"""Folders in folders: what is trusted is one folder, not what lies in it, above it or beside it; repositories that are a part."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.engine.code_elsewhere import CodeBeside
from workbench.engine.functions import FunctionStore
from workbench.engine.trust import Trust
from workbench.model.failures import NotTrusted
from workbench.model.function import FunctionConfiguration
from workbench.packages.code_rules import code_rules
from workbench.packages.local_dependencies import local_dependencies
from workbench.packages.outside import outside_of
from workbench.packages.sources import read_source
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.state_directory import state_directory
from workbench.workspace.trusted_folders import TrustedFolders

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: CODE, Handler: app.handler, Runtime: provided.al2023}
    Metadata: {BuildMethod: makefile}
"""
NESTING = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Inner: {Type: AWS::Serverless::Application, Properties: {Location: inner/template.yaml}}
"""


def project(root: Path, code: str = "code") -> Path:
    """A workspace whose function is built by a makefile."""
    (root / "code").mkdir(parents=True)
    (root / "code" / "Makefile").write_text("build-Function:\n\ttouch $(ARTIFACTS_DIR)/ran\n")
    (root / "template.yaml").write_text(TEMPLATE.replace("CODE", code))
    return root


async def function_of(root: Path) -> FunctionConfiguration:
    pseudo = PseudoParameters.of_workspace(root, "us-east-1", "123456789012")
    store = FunctionStore(root, lambda: pseudo, None, CodeBeside(local_dependencies))
    await store.refresh()
    (function,) = store.all()
    return function


def trust_of(root: Path, function: FunctionConfiguration) -> Trust:
    return Trust(root, lambda: [function])


async def test_a_folder_in_a_trusted_one_is_asked_about_for_itself(tmp_path: Path, nothing_trusted: TrustedFolders) -> None:
    outer, inner = project(tmp_path / "outer"), project(tmp_path / "outer" / "vendored")
    for trusted, other in ((outer, inner), (inner, outer)):
        function, other_function = await function_of(trusted), await function_of(other)
        await trust_of(trusted, function).agree()
        assert await trust_of(trusted, function).admit(function, "isolated")
        assert trust_of(other, other_function).standing == "unknown"
        assert not await trust_of(other, other_function).admit(other_function, "isolated")
        with pytest.raises(NotTrusted):
            await trust_of(other, other_function).admit(other_function, "process")
        assert nothing_trusted.withdraw(trusted)


@pytest.mark.parametrize("declined", [False, True])
async def test_what_a_nested_template_builds_is_in_the_outer_folders_question(
        declined: bool, tmp_path: Path, nothing_trusted: TrustedFolders) -> None:
    outer, inner = tmp_path / "outer", project(tmp_path / "outer" / "inner")
    (outer / "template.yaml").write_text(NESTING)
    if declined:
        nothing_trusted.decline(inner)
    function = await function_of(outer)
    trust = trust_of(outer, function)
    assert [item.kind for item in (await trust.report(runs_as_processes=False)).open_items] == ["build"]
    await trust.agree()
    assert await trust.admit(function, "isolated")
    (inner / "code" / "Makefile").write_text("build-Function:\n\tother\n")
    assert not await trust.admit(function, "isolated")


@pytest.mark.parametrize("way", ["path", "link", "link-above"])
async def test_code_of_a_folder_beside_it_is_named_whoever_is_trusted(
        way: str, tmp_path: Path, nothing_trusted: TrustedFolders) -> None:
    beside = project(tmp_path / "beside")
    root = project(tmp_path / "root", {"path": "../beside/code", "link": "linked", "link-above": "up/code"}[way])
    (root / "linked").symlink_to(beside / "code")
    (root / "up").symlink_to(beside)
    nothing_trusted.trust(beside, ())
    nothing_trusted.trust(root, ())
    function = await function_of(root)
    with pytest.raises(NotTrusted, match="outside"):
        await trust_of(root, function).admit(function, "isolated")
    await trust_of(root, function).agree()
    assert await trust_of(root, function).admit(function, "isolated")


async def test_a_link_in_a_folder_whose_content_is_trusted_leads_out_of_it(
        tmp_path: Path, nothing_trusted: TrustedFolders) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "linked").symlink_to(project(tmp_path / "elsewhere"))
    nothing_trusted.trust_below(tmp_path / "work")
    function = await function_of(tmp_path / "work" / "linked")
    assert trust_of(tmp_path / "work" / "linked", function).standing == "unknown"
    mine = project(tmp_path / "work" / "mine")
    (tmp_path / "shortcut").symlink_to(mine)
    assert trust_of(tmp_path / "shortcut", await function_of(tmp_path / "shortcut")).standing == "trusted"


async def test_git_worktrees_and_submodules_are_folders_like_any_other(tmp_path: Path, nothing_trusted: TrustedFolders) -> None:
    """Their `.git` is a file that leads to another repository: no part of packages, nothing from outside, no identity."""
    roots = [project(tmp_path / name, ".") for name in ("tree", "super/sub")]
    for root in roots:
        (root / "Makefile").write_text("build-Function:\n")
        (root / ".git").write_text(f"gitdir: {tmp_path}/repository/.git/worktrees/tree\n")
        (root / "code" / ".git").symlink_to(tmp_path)
        function = await function_of(root)
        assert {found.name for found in read_source(root, code_rules(function)).files} == {
            "Makefile", "code/Makefile", "template.yaml"}
        assert outside_of(root, function, root) == ()
        await trust_of(root, function).agree()
        assert await trust_of(root, function).admit(function, "isolated")
        (root / ".git").write_text("gitdir: ../elsewhere\n")
        assert await trust_of(root, function).admit(function, "isolated")
        nothing_trusted.withdraw(root)
    assert len({state_directory(root) for root in (*roots, roots[1].parent)}) == 3
