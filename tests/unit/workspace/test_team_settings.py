"""What a folder says for a whole team counts once a person trusts the folder, and after what the person chose."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.model.engine_api import Settings
from workbench.workspace.kept_settings import keep_settings
from workbench.workspace.stack_location import stack_location
from workbench.workspace.state_directory import state_directory
from workbench.workspace.team_settings import settings_of, team_settings
from workbench.workspace.trusted_folders import TrustedFolders

TEMPLATE = """\
Metadata:
  LambdaWorkbench: {Region: eu-central-1, Sandbox: docker}
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: ., Handler: app.handler, Runtime: python3.12}}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder


def test_nothing_of_it_counts_before_the_folder_is_trusted(root: Path) -> None:
    assert settings_of(root) == Settings()
    assert stack_location(root).region == "us-east-1"


def test_it_counts_once_the_folder_is_trusted(root: Path) -> None:
    TrustedFolders().trust(root, ())
    assert settings_of(root) == Settings(region="eu-central-1", sandbox="docker")
    assert stack_location(root).region == "eu-central-1"


def test_what_the_person_chose_counts_before(root: Path) -> None:
    TrustedFolders().trust(root, ())
    keep_settings(state_directory(root), Settings(region="sa-east-1"))
    assert settings_of(root) == Settings(region="sa-east-1")


def test_the_region_of_a_deployment_counts_after_the_templates(root: Path) -> None:
    (root / "samconfig.toml").write_text('version = 0.1\n[default.deploy.parameters]\nregion = "eu-west-3"\n')
    assert team_settings(root).region == "eu-central-1"
    (root / "template.yaml").write_text(TEMPLATE.replace("Region: eu-central-1, ", ""))
    assert team_settings(root) == Settings(region="eu-west-3", sandbox="docker")


@pytest.mark.parametrize("said", ["[]", "{Region: 5, Sandbox: [x]}", '{Region: "a\\nb"}', "{Sandbox: everything}", "no"])
def test_what_is_no_setting_is_passed_over(root: Path, said: str) -> None:
    (root / "template.yaml").write_text(TEMPLATE.replace("{Region: eu-central-1, Sandbox: docker}", said))
    assert team_settings(root) == Settings()
