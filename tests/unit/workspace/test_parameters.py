"""The values of parameters, and what CloudFormation says about those that it does not take."""

from typing import Any

import pytest

from workbench.workspace.parameters import parameter_problems, parameter_value
from workbench.workspace.unresolved import GivenValues, Unresolved


@pytest.mark.parametrize(("parameter", "given", "expected"), [
    ({"Type": "String", "Default": ""}, None, ""), ({"Type": "String", "Default": "a"}, "b", "b"),
    ({"Type": "Number", "Default": 7}, None, 7), ({"Type": "List<Number>", "Default": "1, 2"}, None, ["1", "2"]),
    ({"Type": "CommaDelimitedList"}, "a,b", ["a", "b"]), ({"Type": "CommaDelimitedList", "Default": ""}, None, [""]),
    ({"Type": "List<AWS::EC2::Subnet::Id>", "Default": ["s-1", "s-2"]}, None, ["s-1", "s-2"]),
])
def test_given_counts_before_the_default(parameter: dict[str, Any], given: str | None, expected: Any) -> None:
    assert parameter_value("P", parameter, GivenValues({} if given is None else {"P": given})) == expected


def test_a_parameter_that_names_an_ssm_parameter_has_that_ones_value() -> None:
    parameter = {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/app/x"}
    unknown = parameter_value("P", parameter, GivenValues())
    assert isinstance(unknown, Unresolved)
    assert unknown.unknowns[0].key == "ssm:/app/x"
    assert parameter_value("P", parameter, GivenValues(others={"ssm:/app/x": "a,b"})) == ["a", "b"]
    other = parameter_value("P", parameter, GivenValues({"P": "/app/other"}))
    assert isinstance(other, Unresolved)
    assert other.unknowns[0].key == "ssm:/app/other"


@pytest.mark.parametrize(("parameter", "value", "problem"), [
    ({"AllowedValues": ["dev", "prod"]}, "x", "Parameter 'P' must be one of AllowedValues"),
    ({"AllowedPattern": "[a-z]+"}, "A", "Parameter 'P' must match pattern [a-z]+"),
    ({"AllowedPattern": "[a-z]+", "ConstraintDescription": "lower case only"}, "A",
     "Parameter P failed to satisfy constraint: lower case only"),
    ({"Type": "Number"}, "x", "Parameter 'P' must be a number"),
    ({"Type": "Number", "MinValue": 3}, "2", "Parameter 'P' must be a number not less than 3"),
    ({"Type": "Number", "MaxValue": 3}, "4", "Parameter 'P' must be a number not greater than 3"),
    ({"MinLength": 2}, "a", "Parameter 'P' must contain at least 2 characters"),
    ({"MaxLength": "2"}, "abc", "Parameter 'P' must contain at most 2 characters"),
    ({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "a,c", "Parameter 'P' must be one of AllowedValues"),
    ({"AllowedValues": [True, 1]}, "true", None), ({"AllowedPattern": r"\p{L}"}, "1", None), ({"Type": "Number"}, "1.5", None),
    ({"AllowedPattern": "(?<x>a)"}, "b", "Parameter 'P' must match pattern (?<x>a)"),
    ({"AllowedPattern": "(a+)+$"}, "a" * 60 + "!", "Parameter 'P' must match pattern (a+)+$"),
    ({"AllowedPattern": "(a?){50}a{50}", "Type": "CommaDelimitedList"}, ",".join(["a" * 70] * 20_000), None),
    ({"Type": "AWS::SSM::Parameter::Value<String>", "AllowedPattern": "[a-z]+"}, "/A", None),
])
def test_a_value_that_is_not_allowed_is_told_as_cloudformation_tells_it(
        parameter: dict[str, Any], value: str, problem: str | None) -> None:
    assert parameter_problems({"P": parameter}, GivenValues({"P": value})) == ((problem,) if problem else ())
