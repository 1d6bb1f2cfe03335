"""Layers of the same template become local paths; code may be a .zip."""

import zipfile
from pathlib import Path

import pytest

from tests.unit.workspace.templates import write_workspace
from workbench.model.function import FunctionConfiguration
from workbench.workspace.workspace import Workspace

LAYERED = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Extra: {Type: String, Default: "arn:aws:lambda:us-east-1:017000801446:layer:Published:7"}
Conditions:
  Never: !Equals [a, b]
Globals:
  Function:
    Layers: [!Ref Shared]
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Handler: app.handler
      Runtime: python3.13
      Layers: LAYERS
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/shared, LayerName: shared-things}
  Plain:
    Type: AWS::Lambda::LayerVersion
    Properties: {Content: layers/plain.zip}
  InS3:
    Type: AWS::Lambda::LayerVersion
    Properties: {Content: {S3Bucket: b, S3Key: k}}
  FromCdk:
    Type: AWS::Lambda::LayerVersion
    Metadata: {"aws:asset:path": layers/shared}
    Properties: {Content: {S3Bucket: b, S3Key: k}}
"""


def read(root: Path, layers: str, template: str = LAYERED) -> FunctionConfiguration:
    write_workspace(root, template.replace("LAYERS", layers), "code", "layers/shared")
    with zipfile.ZipFile(root / "layers" / "plain.zip", "w") as archive:
        archive.writestr("python/thing.py", "")
    return Workspace.open(root).functions()[0]


@pytest.mark.parametrize(("layers", "expected"), [
    ("[]", []),
    ("[!Ref Plain]", ["layers/plain.zip"]),
    ("[!GetAtt Plain.LayerVersionArn]", ["layers/plain.zip"]),
    ('[!Sub "${Plain}"]', ["layers/plain.zip"]),
    ("[!If [Never, !Ref Plain, !Ref AWS::NoValue]]", []),
    ("[!If [Never, !Ref InS3, !Ref FromCdk]]", ["layers/shared"]),
    ('["arn:aws:lambda:us-east-1:123456789012:layer:shared-things:1"]', ["layers/shared"]),
])
def test_layers_of_the_template_are_local_paths_behind_those_of_globals(tmp_path: Path, layers: str, expected: list[str]) -> None:
    function = read(tmp_path, layers)
    assert function.problems == ()
    assert function.layers == tuple(str(tmp_path.resolve() / path) for path in ["layers/shared", *expected])


def test_layers_from_elsewhere_stay_as_they_are_named(tmp_path: Path) -> None:
    function = read(tmp_path, "[!Ref Extra, !Ref InS3, !ImportValue other]")
    assert function.layers[1:] == ("arn:aws:lambda:us-east-1:017000801446:layer:Published:7",
                                   "s3://b/k", "<unresolved: !ImportValue other>")


def test_layer_content_that_is_missing_or_no_zip_is_a_problem(tmp_path: Path) -> None:
    assert read(tmp_path / "a", "[]", LAYERED.replace("layers/shared,", "nowhere,")).problems == (
        "The layer content nowhere does not exist.",)
    assert read(tmp_path / "b", "[]", LAYERED.replace("layers/shared,", "template.yaml,")).problems == (
        "The layer content template.yaml is a file, but not a .zip.",)


def test_code_may_be_a_zip(tmp_path: Path) -> None:
    function = read(tmp_path, "[]", LAYERED.replace("CodeUri: code", "CodeUri: layers/plain.zip"))
    assert (function.code_path, function.problems) == (str(tmp_path.resolve() / "layers" / "plain.zip"), ())


def test_code_in_a_zip_is_never_moved_or_deleted_with_its_function(tmp_path: Path) -> None:
    read(tmp_path, "[]", LAYERED.replace("CodeUri: code", "CodeUri: layers/plain.zip"))
    workspace = Workspace.open(tmp_path)
    copy = workspace.duplicate("F", "G")
    renamed = workspace.rename("F", "Plainly")
    workspace.delete("G", with_code=True)
    assert copy.code_path == renamed.code_path == str(tmp_path.resolve() / "layers" / "plain.zip")
    assert (tmp_path / "layers" / "plain.zip").is_file()
