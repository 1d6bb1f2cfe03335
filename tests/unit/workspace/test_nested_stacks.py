"""Nested templates: their functions, what the parent hands down, what children give back, what is not here."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.model.function import FunctionConfiguration
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.nested.functions import read_all_functions
from workbench.workspace.nested.stacks import MOST_READINGS, stacks_of
from workbench.workspace.template import Template
from workbench.workspace.workspace import Workspace

PARENT = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
  Key: {Type: String}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Handler: a.h, Runtime: python3.13, Environment: {Variables: {
      TABLE: !GetAtt Data.Outputs.Table, UNKNOWN: !GetAtt Data.Outputs.Stream}}}
  Api:
    Type: AWS::Serverless::Application
    Properties: {Location: api/template.yaml, Parameters: {
      Stage: !Ref Stage, Table: !GetAtt Data.Outputs.Table, Secret: !Ref Key, Layer: !Ref Shared}}
  Data:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./data.yaml, Parameters: {Prefix: !Sub "${Stage}-x"}}
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
"""
DATA = """\
Parameters: {Prefix: {Type: String}}
Resources:
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub "${Prefix}-orders"}}
Outputs:
  Table: {Value: !Ref Table}
  Stream: {Value: !ImportValue stream}
"""
API = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String}, Table: {Type: String}, Secret: {Type: String}, Layer: {Type: String}, Extra: {Type: String}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: a.h
      Runtime: python3.13
      Layers: [!Ref Layer]
      Environment: {Variables: {STAGE: !Ref Stage, TABLE: !Ref Table, SECRET: !Ref Secret, EXTRA: !Ref Extra,
                                SSM: '{{resolve:ssm:/x}}'}}
  G:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: a.h, Runtime: python3.13, FunctionName: !Sub "${Stage}-g"}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A parent with two children, one of which needs what the other gives."""
    for folder in ("api/src", "code", "layer"):
        (tmp_path / folder).mkdir(parents=True)
    for name, text in (("template.yaml", PARENT), ("data.yaml", DATA), ("api/template.yaml", API)):
        (tmp_path / name).write_text(text)
    return tmp_path


def functions(root: Path) -> dict[str, FunctionConfiguration]:
    return {function.logical_id: function for function in Workspace.open(root).functions()}


def test_functions_of_nested_templates_have_paths_and_names_of_their_own(root: Path) -> None:
    found = functions(root)
    assert {key: function.name for key, function in found.items()} == {"F": "F", "Api/F": "Api-F", "Api/G": "dev-g"}
    assert (found["Api/F"].code_path, found["Api/F"].problems) == (str(root.resolve() / "api" / "src"), ())


def test_parameters_go_down_and_outputs_come_back(root: Path) -> None:
    found = functions(root)
    assert found["F"].environment == {"TABLE": "dev-x-orders"}
    assert found["Api/F"].environment == {"STAGE": "dev", "TABLE": "dev-x-orders"}
    assert found["Api/F"].layers == (str(root.resolve() / "layer"),)


def test_what_is_not_known_below_is_asked_for_above(root: Path) -> None:
    workspace = Workspace.open(root)
    keys = {unknown.place.rpartition(".")[2]: unknown.key for unknown in functions(root)["Api/F"].unknown}
    assert keys == {"SECRET": "Key", "EXTRA": "Api/Extra", "SSM": "resolve:ssm:/x"}
    for key, value in (("Key", "k"), ("Api/Extra", "e"), ("resolve:ssm:/x", "s"), ("Data.Outputs.Stream", "arn")):
        workspace.give(key, value)
    assert functions(root)["Api/F"].environment == {
        "STAGE": "dev", "TABLE": "dev-x-orders", "SECRET": "k", "EXTRA": "e", "SSM": "s"}
    assert functions(root)["F"].environment["UNKNOWN"] == "arn"


def test_an_edit_goes_to_the_nested_template(root: Path) -> None:
    workspace = Workspace.open(root)
    assert workspace.change("Api/G", FunctionChanges(memory_mb=512)).memory_mb == 512
    assert (root / "template.yaml").read_text() == PARENT
    assert "MemorySize: 512" in (root / "api" / "template.yaml").read_text()


@pytest.mark.parametrize(("named", "names"), [
    ({"A": "same", "B": "same", "C": "other"}, {"A": "A", "B": "B", "C": "other"}),
    ({"A": "B", "B": ""}, {"A": "A", "B": "B"}),
    ({"A": "same", "B": "same", "C": "A"}, {"A": "A", "B": "B", "C": "C"}),
])
def test_functions_of_one_name_have_their_logical_ids(tmp_path: Path, named: dict[str, str], names: dict[str, str]) -> None:
    entries = "".join(f"  {key}: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: '{name}'}}}}\n"
                      for key, name in named.items())
    (tmp_path / "template.yaml").write_text(f"Transform: AWS::Serverless-2016-10-31\nResources:\n{entries}")
    found = Workspace.open(tmp_path).functions()
    assert {each.logical_id: each.name for each in found} == names
    told = " ".join(Workspace.open(tmp_path).remarks(found).warnings)
    assert ("A and B have the same FunctionName same" in told) == ("same" in named.values())


KEYS = st.sampled_from(["Type", "Properties", "Metadata", "Condition", "Parameters", "Location", "TemplateURL", "Ref", "Fn::Sub"])
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4), st.sampled_from(
        ["AWS::CloudFormation::Stack", "AWS::Serverless::Application", "AWS::Serverless::Function", "data.yaml", "N", "P"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)), max_leaves=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(resource=ODD, outputs=ODD, parameters=ODD)
def test_no_nested_template_makes_the_reader_fail(root: Path, resource: object, outputs: object, parameters: object) -> None:
    template = Template(root / "template.yaml", "Resources: {}\n")
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "data.yaml", "Parameters": parameters}}
    template.data.update(Resources={"N": resource, "S": stack}, Outputs={"O": outputs}, Parameters={"P": parameters})
    read_all_functions(template, PseudoParameters(), Template.load)


@pytest.mark.parametrize(("location", "notice"), [
    ("{ApplicationId: 'arn:aws:serverlessrepo:x', SemanticVersion: 1.0.0}", "is not on this machine"),
    ("https://s3.amazonaws.com/b/t.yaml", "is not on this machine"), ("nothing.yaml", "nothing.yaml does not exist"),
    ("template.yaml", "template.yaml nests itself"), ("broken.yaml", "Api is left out: "),
])
def test_nested_templates_that_are_not_here_are_told(root: Path, location: str, notice: str) -> None:
    (root / "broken.yaml").write_text("a: [")
    (root / "template.yaml").write_text(PARENT.replace("api/template.yaml", location))
    assert list(functions(root)) == ["F"]
    (told,) = Workspace.open(root).remarks().warnings
    assert notice in told


def test_templates_that_nest_others_without_end_are_read_in_part(tmp_path: Path) -> None:
    child = "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t%d.yaml}}"
    for number in range(9):
        children = "".join(f"  C{each}: {child % (number + 1)}\n" for each in range(4))
        (tmp_path / f"t{number}.yaml").write_text(f"Resources:\n{children}")
    (tmp_path / "t9.yaml").write_text("Resources:\n  T: {Type: AWS::SNS::Topic}\n")
    template = Template.load(tmp_path / "t0.yaml")
    stacks = stacks_of(template, PseudoParameters.of_workspace(tmp_path, "eu-west-1", "123456789012"), Template.load)
    assert len(stacks.all) <= MOST_READINGS + 1
    assert any(f"More than {MOST_READINGS}" in notice for notice in stacks.notices)
