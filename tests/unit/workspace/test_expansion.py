"""Loops and snippets: what Fn::ForEach and AWS::Include make of a template, held against the SAM CLI's and cfn-lint's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.template.template import Template as LintedTemplate
from cfnlint.template.transforms._language_extensions import language_extension
from samcli.lib.cfn_language_extensions.api import process_template

from workbench.workspace.expansion import expand
from workbench.workspace.intrinsics import PseudoParameters, Resolver
from workbench.workspace.template import Template
from workbench.workspace.unresolved import GivenValues

HEAD = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
SIMPLE = HEAD + """
Parameters: {Names: {Type: CommaDelimitedList, Default: "Alpha,Beta"}}
Resources:
  Fn::ForEach::Functions:
    - Name
    - !Ref Names
    - ${Name}Function:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: src
          Environment: {Variables: {NAME: !Ref Name, TEXT: !Sub "${Name}-${AWS::Region}"}}
"""
NESTED = HEAD + """
Conditions:
  Fn::ForEach::Checks: [Stage, [dev, prod], {"Is${Stage}": !Equals ["${Stage}", dev]}]
Resources:
  Fn::ForEach::Outer:
    - Region
    - [eu-west-1, us-east-1]
    - Fn::ForEach::Inner:
        - Kind
        - [A, B]
        - T&{Region}${Kind}:
            Type: AWS::SNS::Topic
            Properties: {TopicName: !Sub "${Region}-${Kind}", DisplayName: !Join ["-", [!Ref Region, !Ref Kind]]}
"""
PROPERTIES = HEAD + """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Environment:
        Variables:
          Fn::ForEach::Variables: [N, [ONE, TWO], {"V_${N}": !Sub "value ${N}"}]
          OWN: x
Outputs:
  Fn::ForEach::Out: [N, ["1", "2"], {"Out${N}": {Value: !Ref N}}]
"""


def expanded(text: str, folder: Path = Path(), **given: dict[str, str]) -> dict[str, Any]:
    pseudo = PseudoParameters(given=GivenValues(**given))
    return expand(Template(folder / "template.yaml", text), pseudo).data


def resolved(data: dict[str, Any]) -> Any:
    return {name: Resolver(data, PseudoParameters()).resolve(data.get(name) or {}) for name in ("Resources", "Outputs")}


@pytest.mark.parametrize("text", [SIMPLE, NESTED, PROPERTIES])
def test_loops_are_unrolled_as_cfn_lint_unrolls_them(text: str) -> None:
    plain = json.loads(json.dumps(Template(Path("template.yaml"), text).data))
    matches, linted = language_extension(LintedTemplate("template.yaml", plain))
    assert not matches
    assert resolved(expanded(text)) == resolved(linted)


def test_loops_are_unrolled_as_the_sam_cli_unrolls_them() -> None:
    # It leaves loops inside properties alone and pseudo parameters unresolved: cfn-lint is held against for those.
    plain = json.loads(json.dumps(Template(Path("template.yaml"), NESTED).data))
    assert resolved(expanded(NESTED)) == resolved(process_template(plain))


def test_loops_that_would_never_end_are_unrolled_in_part() -> None:
    values = "[" + ", ".join(f"v{number}" for number in range(100)) + "]"
    body = "'T${N0}${N1}${N2}${N3}${N4}': {Type: AWS::SNS::Topic}"
    for number in range(5):
        body = f"'Fn::ForEach::L{number}': [N{number}, {values}, {{{body}}}]"
    template = Template(Path("template.yaml"), f"{HEAD}Resources:\n  {body}\n")
    expanded = expand(template, PseudoParameters())
    assert any("give more than 5000 entries" in warning for warning in expanded.warnings)


def test_a_loop_s_collection_is_a_parameter_that_is_given() -> None:
    assert set(expanded(SIMPLE, parameters={"Names": "X,Y,X"})["Resources"]) == {"XFunction", "YFunction"}
    assert expanded(SIMPLE, parameters={"Names": ""})["Resources"] == {}


def test_the_names_in_conditions_come_from_loops_too() -> None:
    assert Resolver(expanded(NESTED), PseudoParameters()).condition("Isdev") is True
    assert Resolver(expanded(NESTED), PseudoParameters()).condition("Isprod") is False


def test_a_reference_to_an_unrolled_resource_is_followed() -> None:
    text = HEAD + """
Resources:
  Fn::ForEach::Tables: [N, [A], {"${N}Table": {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub "t-${N}"}}}]
  Fn::ForEach::Users: [N, [A], {"${N}User": {Arn: !GetAtt ["${N}Table", Arn], Name: {Ref: !Sub "${N}Table"}}}]
"""
    user = resolved(expanded(text))["Resources"]["AUser"]
    assert user == {"Arn": "arn:aws:dynamodb:us-east-1:123456789012:table/t-A", "Name": "t-A"}


@pytest.mark.parametrize(("loop", "reason"), [
    ("[N, !Ref Unknown, {'${N}F': {}}]", "its collection depends on parameter Unknown"), ("[N, [a]]", "it must be a list"),
    ("[N, text, {'${N}F': {}}]", "its collection is not a list"), ("{}", "it must be a list"),
])
def test_a_loop_that_can_not_be_unrolled_is_told(loop: str, reason: str) -> None:
    parameters = "Parameters: {Unknown: {Type: CommaDelimitedList}}\n"
    template = Template(Path("template.yaml"), f"{parameters}Resources:\n  Fn::ForEach::L: {loop}\n  G: {{}}\n")
    result = expand(template, PseudoParameters())
    assert result.section("Resources") == {"G": {}}
    assert any(warning.startswith(f"template.yaml: the loop Fn::ForEach::L cannot be unrolled: {reason}")
               for warning in result.warnings)


def test_a_resource_out_of_a_loop_says_where_it_comes_from() -> None:
    origins = expand(Template(Path("template.yaml"), SIMPLE), PseudoParameters()).origins
    assert origins.keys() == {"AlphaFunction", "BetaFunction"}
    assert origins["AlphaFunction"].sentence("template.yaml", "AlphaFunction") == (
        "AlphaFunction comes from the loop Fn::ForEach::Functions (template.yaml, line 5) and cannot be changed on its own.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "variables.yaml").write_text("ONE: 1\nTWO: !Ref AWS::Region\n")
    (tmp_path / "resources.json").write_text('{"F": {"Type": "AWS::Lambda::Function"}}')
    (tmp_path / "all.yaml").write_text("Parameters: {P: {Type: String, Default: p}}\nMappings: {M: {}}\n")
    (tmp_path / "itself.yaml").write_text("A: 1\nFn::Transform: {Name: AWS::Include, Parameters: {Location: itself.yaml}}\n")
    return tmp_path


def test_snippets_of_this_machine_are_put_in(folder: Path) -> None:
    data = expanded("""
Transform:
  - Name: AWS::Include
    Parameters: {Location: all.yaml}
  - AWS::Serverless-2016-10-31
Parameters: {Q: {Type: String}}
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: !Sub "${AWS::NoValue}resources.json"}}
  G:
    Variables:
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: variables.yaml}}
      OWN: x
    Other: !Transform {Name: AWS::Include, Parameters: {Location: ./variables.yaml}}
""", folder)
    assert set(data["Parameters"]) == {"P", "Q"}
    assert data["Mappings"] == {"M": {}}
    assert data["Resources"]["F"] == {"Type": "AWS::Lambda::Function"}
    assert data["Resources"]["G"] == {"Variables": {"ONE": 1, "TWO": {"Ref": "AWS::Region"}, "OWN": "x"},
                                      "Other": {"ONE": 1, "TWO": {"Ref": "AWS::Region"}}}


@pytest.mark.parametrize(("location", "reason"), [
    ("s3://bucket/x.yaml", "AWS::Include of s3://bucket/x.yaml is left out, because it is not a file on this machine"),
    ("missing.yaml", "AWS::Include of missing.yaml is left out, because there is no such file"),
    ("itself.yaml", "the snippet itself.yaml is nested more than 5 levels deep"),
])
def test_a_snippet_that_is_not_here_is_told(folder: Path, location: str, reason: str) -> None:
    text = f"Resources: {{G: {{Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: {location}}}}}}}}}"
    result = expand(Template(folder / "template.yaml", text), PseudoParameters())
    assert [warning for warning in result.warnings if reason in warning]


def test_what_cloudformation_would_refuse_of_a_loop_is_told() -> None:
    text = "Resources:\n  Fn::ForEach::L: [N, [a-b], {'${N}F': {Type: AWS::SNS::Topic}}]\n"
    assert expand(Template(Path("template.yaml"), text), PseudoParameters()).warnings == (
        "template.yaml: CloudFormation unrolls loops (Fn::ForEach) only with Transform: AWS::LanguageExtensions.",
        "template.yaml: the loop Fn::ForEach::L makes the resource a-bF; CloudFormation allows letters and digits only.")


def test_macros_of_an_account_are_told() -> None:
    result = expand(Template(Path("template.yaml"), "Transform: [Mine, AWS::Serverless-2016-10-31]\n"), PseudoParameters())
    assert result.warnings == ("The macro Mine transforms the template when it is deployed; what it changes is not known here.",)


VALUES = HEAD + """
Parameters: {Stage: {Type: String, Default: dev}, Names: {Type: CommaDelimitedList, Default: "a, b"}}
Mappings: {M: {dev: {size: 1, list: [x, y]}, "123": {size: 2}}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsOther: !Not [!Condition IsDev]
  Both: !And [!Condition IsDev, !Condition IsOther]
Resources:
  R:
    Type: AWS::SNS::Topic
    Properties:
      Length: {Fn::Length: [1, 2, 3]}
      LengthOfParameter: {Fn::Length: !Ref Names}
      Json: {Fn::ToJsonString: {a: [1, true, "x"], b: {c: !Ref Stage, d: !Join ["-", !Ref Names]}}}
      Found: !FindInMap [M, !Ref Stage, size]
      Default: !FindInMap [M, prod, size, {DefaultValue: !Ref Stage}]
      Listed: !Select [1, !FindInMap [M, dev, list]]
      Sub: !Sub ["${Stage}-${x}-${!y}", {x: !Select [0, !Ref Names]}]
      Split: !Select [2, !Split [".", "a.b.c"]]
      Base: !Base64 {Fn::Sub: "${Stage}"}
      If: !If [Both, 1, !If [IsDev, 2, 3]]
      None: !If [IsOther, 1, !Ref AWS::NoValue]
"""


def test_values_are_worked_out_as_the_sam_cli_works_them_out() -> None:
    plain = json.loads(json.dumps(Template(Path("template.yaml"), VALUES).data))
    theirs = process_template(plain, parameter_values={"Stage": "dev", "Names": "a, b"})["Resources"]["R"]["Properties"]
    ours = resolved(expanded(VALUES))["Resources"]["R"]["Properties"]
    # The SAM CLI keeps a Ref of AWS::NoValue for the deployment.
    assert ours == {name: value for name, value in theirs.items() if name != "None"}
