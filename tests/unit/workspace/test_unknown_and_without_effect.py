"""What nobody can know is listed and left out; what has no effect is listed; functions that are not made do not exist."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.workspace.templates import write_workspace
from workbench.model.function import DurableConfiguration, FileSystem, FunctionConfiguration, UnknownValue
from workbench.model.unknown_values import unknown_sentences
from workbench.workspace.function_reader import read_functions
from workbench.workspace.functions.effects import IN_EFFECT, UNTOLD, WITHOUT_EFFECT, explanation
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.template import Template
from workbench.workspace.workspace import Workspace

HEAD = ("Transform: AWS::Serverless-2016-10-31\n"
        "Parameters:\n  Stage: {Type: String}\n  Runtime: {Type: String, Default: python3.13}\n")


def read(root: Path, resources: str, head: str = HEAD) -> dict[str, FunctionConfiguration]:
    functions = Workspace.open(write_workspace(root, f"{head}Resources:\n{resources}")).functions()
    return {function.logical_id: function for function in functions}


def function(properties: str, more: str = "", name: str = "F") -> str:
    return (f"  {name}:\n    Type: AWS::Serverless::Function\n{more}    Properties:\n      Runtime: !Ref Runtime\n"
            f"      Handler: app.handler\n{properties}")


def test_variables_that_can_not_be_known_are_left_out_and_listed(tmp_path: Path) -> None:
    variables = "      Environment: {Variables: {A: !Ref Stage, B: !ImportValue x, C: here, D: !Sub '${Stage}-${Stage}'}}\n"
    found = read(tmp_path, function(variables))["F"]
    assert (dict(found.environment), found.problems) == ({"C": "here"}, ())
    stage = [UnknownValue(place=f"Environment.Variables.{name}", what="parameter Stage", key="Stage") for name in "AD"]
    assert (found.unknown[0], found.unknown[2]) == (stage[0], stage[1])
    assert (found.unknown[1].place, found.unknown[1].key) == ("Environment.Variables.B", "import:x")


def test_a_number_that_is_not_known_is_lambda_s_default_and_listed(tmp_path: Path) -> None:
    found = read(tmp_path, function("      Timeout: !Ref Stage\n      MemorySize: '256'\n"))["F"]
    assert (found.timeout_s, found.memory_mb, found.problems) == (3, 256, ())
    assert found.unknown == (UnknownValue(place="Timeout", what="parameter Stage", key="Stage"),)


def test_layers_that_are_not_known_are_told_and_those_that_are_no_list_are_a_problem(tmp_path: Path) -> None:
    found = read(tmp_path, function("      Layers: !Ref Stage\n"))["F"]
    assert unknown_sentences(found) == (
        "The function runs without layers: parameter Stage has no value here. Give it under Parameters and values, or run "
        "workbench values set Stage VALUE.",)
    assert read(tmp_path, function("      Layers: one\n"))["F"].problems == ("Layers must be a list, but is one.",)


def test_a_condition_that_is_not_known_is_told(tmp_path: Path) -> None:
    head = HEAD + "Conditions: {Who: !Equals [!Ref Stage, a], Round: !Not [!Condition Round]}\n"
    told = {name: unknown_sentences(read(tmp_path, function("", f"    Condition: {name}\n"), head)["F"])[0]
            for name in ("Who", "Round")}
    assert told["Who"].startswith("The function runs although its condition is not decided: parameter Stage has no value here.")
    assert told["Round"] == ("The function runs although its condition is not decided: condition Round, which refers to itself, "
                             "has no value here.")


def test_a_runtime_that_is_not_known_names_what_to_give(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, function("").replace("!Ref Runtime", "!Ref Stage"))["F"].problems
    assert problem == ("Runtime is not known before a deployment: parameter Stage has no value here. "
                       "Give it under Parameters and values (workbench values set Stage …).")


def test_functions_whose_condition_is_false_do_not_exist(tmp_path: Path) -> None:
    head = HEAD + "Conditions: {Here: !Equals [a, a], Gone: !Equals [a, b], Who: !Equals [!Ref Stage, a]}\n"
    resources = "".join(function("      FunctionName: one\n", f"    Condition: {name}\n", name) for name in ("Here", "Gone"))
    found = read(tmp_path, resources + function("", "    Condition: Who\n", "Who"), head)
    assert list(found) == ["Here", "Who"]
    assert found["Here"].problems == ()


def test_ignored_globals(tmp_path: Path) -> None:
    head = HEAD + "Globals: {Function: {Timeout: 9, MemorySize: 512}}\n"
    found = read(tmp_path, function("", "    IgnoreGlobals: '*'\n") + function("", "    IgnoreGlobals: [Timeout]\n", "G"), head)
    assert [(each.timeout_s, each.memory_mb) for each in found.values()] == [(3, 128), (3, 512)]


def test_durable_configuration_and_file_systems(tmp_path: Path) -> None:
    found = read(tmp_path, function("      DurableConfig: {ExecutionTimeout: 60, RetentionPeriodInDays: 1}\n"
                                    "      FileSystemConfigs: [{Arn: 'arn:x', LocalMountPath: /mnt/data}]\n"))["F"]
    assert found.durable == DurableConfiguration(execution_timeout_s=60, retention_days=1)
    assert found.file_systems == (FileSystem(arn="arn:x", mount_path="/mnt/data"),)


def test_properties_without_effect_are_listed_once_by_name(tmp_path: Path) -> None:
    head = HEAD + "Globals: {Function: {Tracing: Active, Tags: {a: b}}}\n"
    own = "      Tracing: PassThrough\n      VpcConfig: {}\n      Policies: []\n      Memory: 5\n"
    found = read(tmp_path, function(own), head)
    assert found["F"].without_effect == ("Tracing", "VpcConfig", "Memory")
    assert explanation("Memory") == ("A function of this type has no such property (is MemorySize meant?): "
                                     "deploying the template would fail.")


def test_what_a_function_of_an_image_can_not_have_is_told(tmp_path: Path) -> None:
    layered = "      Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:x:1']\n"
    found = read(tmp_path, function(f"      PackageType: Image\n      ImageUri: x:1\n{layered}") + function("", name="G"))
    assert found["F"].without_effect == ("Runtime", "Handler", "Layers")
    assert explanation("Handler") == ("The image's command or ImageConfig.Command names the handler: deploying the template "
                                      "would fail.")
    assert found["G"].without_effect == ()


def test_every_property_of_lambda_and_sam_is_accounted_for() -> None:
    from samtranslator.model.lambda_ import LambdaFunction
    from samtranslator.model.sam_resources import SamFunction

    known = IN_EFFECT | WITHOUT_EFFECT.keys() | UNTOLD.keys() | {"Code", "CodeUri", "InlineCode", "ImageUri"}
    assert set(SamFunction.property_types) | set(LambdaFunction.property_types) == known


NAMES = ["Runtime", "Handler", "CodeUri", "Code", "Environment", "Variables", "Timeout", "MemorySize", "Layers", "Architectures",
         "EphemeralStorage", "Size", "ImageConfig", "ImageUri", "PackageType", "LoggingConfig", "LogFormat", "DurableConfig",
         "ExecutionTimeout", "FileSystemConfigs", "LocalMountPath", "Arn", "InlineCode", "ZipFile", "S3Key", "FunctionName",
         "Ref", "Fn::If", "Fn::Sub", "Fn::Join", "Fn::GetAtt", "Fn::FindInMap", "Fn::Select", "Fn::Split", "Fn::Length"]
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(
    ["P", "F", "Image", "python3.13", "app.h", "C", "s3://b/k", "../x", "\0", "x" * 300, "${P}", "{{resolve:ssm:x}}"]))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(
    st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)), max_leaves=8)
MAPS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(properties=MAPS | VALUES, shared=MAPS | VALUES, metadata=MAPS | VALUES, parameter=VALUES, condition=VALUES,
       kind=st.sampled_from(["AWS::Serverless::Function", "AWS::Lambda::Function"]))
def test_no_template_makes_the_reader_fail(
    tmp_path: Path, properties: object, shared: object, metadata: object, parameter: object, condition: object, kind: str
) -> None:
    template = Template(tmp_path / "template.yaml", "Resources: {}\n")
    resource = {"Type": kind, "Properties": properties, "Metadata": metadata, "Condition": condition, "IgnoreGlobals": parameter}
    template.data.update(Resources={"F": resource, "L": {"Type": "AWS::Serverless::LayerVersion", "Properties": properties}},
                         Globals={"Function": shared}, Parameters={"P": parameter}, Conditions={"C": condition})
    for found in read_functions(template, PseudoParameters()):
        assert found.problems or found.runtime or found.image
