"""Functions as the template means them."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.workspace.templates import ANCHORED, SHOP, write_workspace
from workbench.model.failures import WorkspaceError
from workbench.model.function import ContainerImage, FunctionConfiguration
from workbench.workspace.functions.properties import merge_globals
from workbench.workspace.workspace import Workspace


def read(root: Path, template: str, *folders: str) -> dict[str, FunctionConfiguration]:
    functions = Workspace.open(write_workspace(root, template, *folders)).functions()
    return {function.logical_id: function for function in functions}


def properties(lines: str, kind: str = "AWS::Serverless::Function") -> str:
    body = "".join(f"      {line}\n" for line in lines.splitlines())
    return f"Resources:\n  F:\n    Type: {kind}\n    Properties:\n      Handler: app.handler\n      Runtime: python3.13\n{body}"


def test_a_real_template(tmp_path: Path) -> None:
    functions = read(tmp_path / "shop", SHOP, "orders", "src/pictures", "layers/sharp")
    orders, pictures = functions.values()
    assert (orders.name, orders.runtime, orders.handler, orders.memory_mb, orders.timeout_s) == (
        "OrdersFunction", "python3.13", "app.handler", 256, 30)
    assert orders.code_path == str((tmp_path / "shop" / "orders").resolve())
    assert orders.problems == pictures.problems == ()
    assert (pictures.name, pictures.runtime, pictures.architecture, pictures.ephemeral_storage_mb) == (
        "shop-pictures", "nodejs22.x", "arm64", 1024)
    assert pictures.layers == ("arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:7",
                               str((tmp_path / "shop" / "layers" / "sharp").resolve()))


def test_environment_is_merged_and_resolved(tmp_path: Path) -> None:
    functions = read(tmp_path / "shop", SHOP)
    assert functions["OrdersFunction"].environment == {
        "LOG_LEVEL": "INFO", "STAGE": "dev", "TABLE": "Table", "ARN": "arn:aws:dynamodb:us-east-1:123456789012:table/Table",
        "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/shop-orders", "GREETING": 'Grüß Gott, "you"',
        "MODE": "test", "ACCOUNT": "123456789012:aws", "DEBUG": "false", "RETRIES": "3"}
    assert functions["Pictures"].environment["ORDERS"] == "arn:aws:lambda:us-east-1:123456789012:function:OrdersFunction"


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    functions = read(tmp_path, ANCHORED, "code")
    assert [(function.handler, function.memory_mb, function.timeout_s, function.problems) for function in functions.values()] == [
        ("app.handler", 512, 3, ()), ("other.handler", 512, 7, ()), ("app.third", 512, 3, ())]


def test_a_plain_lambda_function_takes_no_globals(tmp_path: Path) -> None:
    template = "Globals: {Function: {Timeout: 30}}\n" + properties("Code: ./code", "AWS::Lambda::Function")
    function = read(tmp_path, template, "code")["F"]
    assert (function.timeout_s, function.code_path, function.problems) == (3, str((tmp_path / "code").resolve()), ())


def test_cdk_assets_are_found(tmp_path: Path) -> None:
    template = properties("Code: {S3Bucket: b, S3Key: k}", "AWS::Lambda::Function")
    template += "    Metadata: {'aws:asset:path': asset.1}\n"
    assert read(tmp_path, template, "asset.1")["F"].problems == ()


def test_an_absolute_code_uri(tmp_path: Path) -> None:
    code = tmp_path / "elsewhere"
    code.mkdir()
    function = read(tmp_path / "w", properties(f"CodeUri: {code}"))["F"]
    assert (function.code_path, function.problems) == (str(code.resolve()), ())


def test_a_container_image(tmp_path: Path) -> None:
    config = "ImageUri: shop:latest\nImageConfig: {Command: [app.main], EntryPoint: [/run, -v], WorkingDirectory: /srv}"
    function = read(tmp_path, properties(config))["F"]
    assert function.problems == ()
    assert function.image == ContainerImage(
        uri="shop:latest", entry_point=("/run", "-v"), command=("app.main",), working_directory="/srv")


@pytest.mark.parametrize(("lines", "problem"), [
    ("CodeUri: https://host/key", "in Amazon S3"), ("CodeUri: {Bucket: b}", "in Amazon S3"),
    ("ImageUri: !ImportValue x", "ImageUri is not known before a deployment"),
    ("PackageType: Image", "ImageUri names no image"), ("CodeUri: nowhere/", "The code folder nowhere/ does not exist"),
    ("CodeUri: [a]", "CodeUri must be a path"), ("CodeUri: !ImportValue x", "is not known before a deployment"),
    ("MemorySize: 64", "MemorySize is 64, but Lambda allows 128 to 10,240"), ("Timeout: soon", "Timeout must be a whole number"),
    ("Timeout: 901", "allows 1 to 900"), ("EphemeralStorage: {Size: 1}", "EphemeralStorage.Size is 1"),
    ("Architectures: [x86_64, arm64]", "Architectures must be one of"), ("FunctionName: a b", "cannot be a function name"),
    ("Environment: {Variables: [1]}", "not a map"),
    ("Environment: {Variables: {A: {b: 1}}}", "Environment.Variables.A must be a string"),
    ("DurableConfig: {RetentionPeriodInDays: 1}", "DurableConfig.ExecutionTimeout is missing"),
    ("DurableConfig: {ExecutionTimeout: 0}", "DurableConfig.ExecutionTimeout is 0, but Lambda allows 1 to 31,622,400"),
    ("FileSystemConfigs: [{Arn: a, LocalMountPath: /data}]", "LocalMountPath must be /mnt/"),
    ("FileSystemConfigs: 5", "FileSystemConfigs must be a list"),
])
def test_what_is_not_usable_is_a_problem_and_not_an_error(tmp_path: Path, lines: str, problem: str) -> None:
    (found,) = read(tmp_path, properties(lines))["F"].problems
    assert problem in found


@pytest.mark.parametrize(("old", "new", "problem"), [
    ("Runtime: python3.13", "Runtime: !Ref Unknown", "Runtime is not known before a deployment: !Ref Unknown has no value here"),
    ("Handler: app.handler", "Handler: !Ref Unknown", "Handler is not known"),
    ("Runtime: python3.13", "Tracing: Active", "Runtime is missing"),
    ("Handler: app.handler", "Handler: 12", "Handler must be a string"),
])
def test_runtime_and_handler_must_be_known(tmp_path: Path, old: str, new: str, problem: str) -> None:
    (found,) = read(tmp_path, properties("").replace(old, new))["F"].problems
    assert problem in found


@pytest.mark.parametrize("template", ["", "Resources:\n", "Resources:\n  F: 1\n  G: {}\n  H:\n", "Outputs: {}\n",
    "Transform: x\n"])
def test_a_template_without_functions(tmp_path: Path, template: str) -> None:
    assert read(tmp_path, template) == {}


@pytest.mark.parametrize("template", [
    "Resources:\n  F:\n    Type: AWS::Serverless::Function\n",
    "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: [1]}\n",
    "Globals: {Function: [1]}\n"
    "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Environment: 1, Layers: 5, Code: []}}}\n",
    "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: {}, EphemeralStorage: 5, Architectures: 1}}}\n",
    "Resources: {F: {Type: AWS::Lambda::Function, Metadata: x, Properties: {Code: [1]}}}\n",
    "Parameters: {P: x}\nResources: {F: {Type: AWS::Lambda::Function, Properties: {Code: !Ref P}}}\n",
    "Conditions: {C: x}\n"
    "Resources: {T: 5, F: {Type: AWS::Lambda::Function, Properties: {Runtime: !If [C, !GetAtt T.Arn, !Ref T]}}}\n",
])
def test_odd_forms_never_break_the_list(tmp_path: Path, template: str) -> None:
    assert read(tmp_path, template)["F"].problems


def test_a_section_that_is_no_map_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="section Globals must hold"):
        read(tmp_path, "Globals: 5\n")


@pytest.mark.parametrize(("shared", "own", "merged"), [
    ({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"c": 9}}, {"a": 1, "b": {"c": 9, "d": 2}}),
    ({"Tags": [1]}, {"Tags": [2]}, {"Tags": [1, 2]}), ({"a": {"b": 1}}, {"a": "x"}, {"a": "x"}),
    ({"Architectures": ["arm64"]}, {"Architectures": ["x86_64"]}, {"Architectures": ["x86_64"]}),
    ({"a": {"Ref": "X"}}, {"a": {"Ref": "Y"}}, {"a": {"Ref": "Y"}}), ({"a": [1]}, {"a": {}}, {"a": {}}),
])
def test_globals_merge_as_in_sam(shared: Any, own: Any, merged: Any) -> None:
    assert merge_globals(shared, own) == merged
