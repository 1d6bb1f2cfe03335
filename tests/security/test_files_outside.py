"""A template's own words do not bring files of the person's into its functions: what lies outside is read once it is trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.workspace.trusted_folders import TrustedFolders
from workbench.workspace.workspace import Workspace

FUNCTION = """
Parameters: {Token: {Type: String, Default: none}}
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): pass"
      Handler: index.handler
      Runtime: python3.11
      Environment:
        Variables: {OWN: mine, TOKEN: !Ref Token, "Fn::Transform": {Name: AWS::Include, Parameters: {Location: LOCATION}}}
"""
NESTED = """
  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../secrets/template.yaml}}
"""


@pytest.fixture
def clone(tmp_path: Path, nothing_trusted: TrustedFolders) -> Path:
    """A folder whose template and samconfig name files outside of it, by their paths and by links."""
    secrets, root = tmp_path / "secrets", tmp_path / "clone"
    secrets.mkdir()
    root.mkdir()
    (secrets / "hosts.yml").write_text("KEY: hidden\n")
    (secrets / "variables.json").write_text('{"Parameters": {"OWN": "hidden"}}')
    (secrets / "parameters.yaml").write_text("Token: hidden\n")
    (secrets / "template.yaml").write_text(FUNCTION.replace("LOCATION", "none.yaml").replace("mine", "hidden"))
    (root / "link.yml").symlink_to(secrets / "hosts.yml")
    return root


@pytest.mark.parametrize("location", ["../secrets/hosts.yml", "link.yml", "{secrets}/hosts.yml"])
def test_no_file_from_outside_gets_into_a_function(clone: Path, nothing_trusted: TrustedFolders, location: str) -> None:
    secrets = clone.parent / "secrets"
    (clone / "template.yaml").write_text(FUNCTION.replace("LOCATION", location.format(secrets=secrets)) + NESTED)
    (clone / "samconfig.toml").write_text(
        'version = 0.1\n[default.local_invoke.parameters]\nenv_vars = "../secrets/variables.json"\n'
        '[default.global.parameters]\nparameter_overrides = "file://../secrets/parameters.yaml"\n')
    workspace = Workspace.open(clone)
    assert [function.logical_id for function in workspace.functions()] == ["Function"]
    assert "hidden" not in repr([function.environment for function in workspace.functions()])
    told = " ".join(workspace.remarks().warnings)
    assert told.count("outside this folder, which is not trusted") >= 3
    nothing_trusted.trust(clone, ())
    told_now = repr([function.environment for function in Workspace.open(clone).functions()])
    assert told_now.count("hidden") >= 3


def test_files_inside_need_no_trust(clone: Path) -> None:
    (clone / "snippets").mkdir()
    (clone / "snippets" / "more.yaml").write_text("MORE: inside\n")
    (clone / "template.yaml").write_text(FUNCTION.replace("LOCATION", "snippets/more.yaml"))
    assert Workspace.open(clone).functions()[0].environment["MORE"] == "inside"
