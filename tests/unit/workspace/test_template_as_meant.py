"""Functions of a template as CloudFormation would make them: conditions, loops, snippets, values that nobody can know."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.model.failures import WorkspaceError
from workbench.model.function import UnknownValue
from workbench.workspace.function_changes import FunctionChanges, changed_template
from workbench.workspace.function_reader import read_functions, remarks
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.resource_edits import duplicated, renamed, without
from workbench.workspace.template import Template
from workbench.workspace.unresolved import GivenValues

CONDITIONS = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}, Wanted: {Type: String}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  IsWanted: !Equals [!Ref Wanted, "yes"]
Resources:
  Prod: {Type: AWS::Serverless::Function, Condition: IsProd, Properties: {FunctionName: one, Handler: a.h, Runtime: python3.13}}
  Dev: {Type: AWS::Serverless::Function, Condition: IsDev, Properties: {FunctionName: one, Handler: a.h, Runtime: python3.13}}
  Perhaps: {Type: AWS::Serverless::Function, Condition: IsWanted, Properties: {Handler: a.h, Runtime: python3.13}}
"""
LOOP = """Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Functions:
    - Name
    - [Alpha, Beta]
    - ${Name}Function:
        Type: AWS::Serverless::Function
        Properties: {Handler: a.h, Runtime: python3.13, Environment: {Variables: {NAME: !Ref Name}}}
  Own:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.h
      Runtime: python3.13
      Environment:
        Variables:
          Fn::ForEach::Variables: [N, [ONE], {"V_${N}": !Ref N}]
          MINE: x
"""


def pseudo(**parameters: str) -> PseudoParameters:
    return PseudoParameters(given=GivenValues(parameters=parameters))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "template.yaml"


def test_functions_whose_conditions_exclude_each_other_may_share_a_name(path: Path) -> None:
    template = Template(path, CONDITIONS)
    for stage, logical_id in (("dev", "Dev"), ("prod", "Prod")):
        found = {function.logical_id: function for function in read_functions(template, pseudo(Stage=stage, Wanted="no"))}
        assert list(found) == [logical_id]
        assert found[logical_id].name == "one"
        assert not found[logical_id].problems


def test_a_function_whose_condition_nobody_can_know_exists_and_says_so(path: Path) -> None:
    perhaps = read_functions(Template(path, CONDITIONS), pseudo())[-1]
    assert perhaps.logical_id == "Perhaps"
    assert perhaps.unknown == (UnknownValue(place="Condition", what="parameter Wanted", key="Wanted"),)


def test_the_functions_that_do_not_exist_are_remarked(path: Path) -> None:
    assert remarks(Template(path, CONDITIONS), pseudo(Wanted="no")).absent == {"Prod": "IsProd", "Perhaps": "IsWanted"}
    twice = Template(path, "Resources: {}\nResources: {}\n")
    assert remarks(twice, pseudo()).warnings == twice.warnings


def test_a_given_value_that_cloudformation_refuses_is_a_problem(path: Path) -> None:
    (function, *_rest) = read_functions(Template(path, CONDITIONS), pseudo(Stage="test"))
    assert function.problems == ("Parameter 'Stage' must be one of AllowedValues.",)


def test_functions_out_of_a_loop_are_there_with_their_own_values(path: Path) -> None:
    found = {function.logical_id: dict(function.environment) for function in read_functions(Template(path, LOOP), pseudo())}
    assert found == {"AlphaFunction": {"NAME": "Alpha"}, "BetaFunction": {"NAME": "Beta"}, "Own": {"V_ONE": "ONE", "MINE": "x"}}


def test_what_a_loop_makes_can_not_be_edited_alone(path: Path) -> None:
    template = Template(path, LOOP)
    with pytest.raises(WorkspaceError, match=r"from the loop Fn::ForEach::Functions \(template.yaml, line 3\)"):
        changed_template(template, "AlphaFunction", FunctionChanges(memory_mb=256), pseudo())
    with pytest.raises(WorkspaceError, match="from the loop"):
        changed_template(template, "AlphaFunction", FunctionChanges(environment={}), pseudo())
    unchanged = FunctionChanges(memory_mb=128, environment={"NAME": "Alpha"})
    assert changed_template(template, "AlphaFunction", unchanged, pseudo()) is template
    for edit in (lambda: renamed(template, "AlphaFunction", "X"), lambda: without(template, "AlphaFunction"),
                 lambda: duplicated(template, "AlphaFunction", "X")):
        with pytest.raises(WorkspaceError, match="no resource AlphaFunction of its own"):
            edit()
    for wanted in ({"MINE": "x"}, {"MINE": "x", "V_ONE": "2"}):
        with pytest.raises(WorkspaceError, match="V_ONE comes from a loop"):
            changed_template(template, "Own", FunctionChanges(environment=wanted), pseudo())


def test_what_stands_beside_a_loop_is_edited_as_ever(path: Path) -> None:
    template = Template(path, LOOP)
    changed = changed_template(template, "Own", FunctionChanges(environment={"MINE": "y", "V_ONE": "ONE"}), pseudo())
    assert changed.text == LOOP.replace("MINE: x", "MINE: y")


def test_a_snippet_that_is_not_here_is_an_unknown_value(path: Path) -> None:
    template = Template(path, """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Handler: a.h
      Runtime: python3.13
      Code: {ZipFile: x}
      Environment: {Variables: {V: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: x.yaml}}}}}
""")
    (function,) = read_functions(template, pseudo())
    assert function.unknown == (UnknownValue(place="Environment.Variables.V", what="transform AWS::Include of x.yaml"),)


def test_the_place_of_a_stack_follows_its_region() -> None:
    places = [PseudoParameters.of_workspace(Path("shop"), region) for region in ("eu-west-1", "cn-north-1", "us-gov-west-1")]
    assert [(place.partition, place.url_suffix) for place in places] == [
        ("aws", "amazonaws.com"), ("aws-cn", "amazonaws.com.cn"), ("aws-us-gov", "amazonaws.com")]


@pytest.mark.parametrize(("folder", "name"), [("shop", "shop"), ("my shop_2", "my-shop-2"), ("2nd", "stack-2nd"), ("", "local")])
def test_a_stack_is_called_as_its_folder(folder: str, name: str) -> None:
    assert PseudoParameters.of_workspace(Path("/", folder)).stack_name == name


def test_references_to_what_sam_makes_of_events_follow_a_new_name(path: Path) -> None:
    text = """Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {Events: {Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}}}
Outputs:
  Rule: {Value: !GetAtt HelloTick.Arn}
  Alias: {Value: !Ref Hello.Alias}
  Both: {Value: !Sub "${HelloTick} ${Hello.Arn} ${HelloTable}"}
"""
    changed = renamed(Template(path, text), "Hello", "New").text
    assert changed == text.replace("  Hello:", "  New:").replace("HelloTick", "NewTick").replace("Hello.A", "New.A")
