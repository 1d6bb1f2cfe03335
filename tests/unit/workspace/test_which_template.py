"""Which file is the template, and what a folder without one is."""

import json
from pathlib import Path

import pytest

from workbench.model.failures import WorkspaceError
from workbench.workspace.locating.candidates import Candidate, templates_below
from workbench.workspace.locating.locate import TemplateNotChosen
from workbench.workspace.locating.options import Options
from workbench.workspace.workspace import Workspace

FUNCTION = "Resources:\n  {}:\n    Type: AWS::Serverless::Function\n" + (
    "    Properties: {{Runtime: python3.13, Handler: a.h, CodeUri: .}}\n")


def put(root: Path, *paths: str, text: str = FUNCTION) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.format(Path(path).stem.split(".")[0]), encoding="utf-8")
    return root


def ids(path: Path, **options: str) -> list[str]:
    return [function.logical_id for function in Workspace.open(path, options=Options(**options)).functions()]


@pytest.mark.parametrize("name", ["template.yaml", "template.yml", "template.json", "sam.yaml", "serverless.template"])
def test_names_that_need_not_be_said(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    if name.endswith("json"):
        (tmp_path / name).write_text(json.dumps({"Resources": {"template": {"Type": "AWS::Lambda::Function"}}}))
    assert ids(tmp_path) == [name.split(".")[0]]


def test_the_order_of_names(tmp_path: Path) -> None:
    put(tmp_path, "template.yml", "sam.yaml")
    assert Workspace.open(tmp_path).template_path.name == "template.yml"
    put(tmp_path, "template.yaml")
    assert Workspace.open(tmp_path).template_path.name == "template.yaml"


def test_a_template_that_is_said_and_its_code_beside_it(tmp_path: Path) -> None:
    put(tmp_path, "template.yaml", "infra/other.yaml")
    workspace = Workspace.open(tmp_path, options=Options(template="infra/other.yaml"))
    assert (workspace.root, workspace.functions()[0].code_path) == (tmp_path.resolve(), str(tmp_path.resolve() / "infra"))
    assert ids(tmp_path / "infra" / "other.yaml") == ["other"]
    with pytest.raises(WorkspaceError, match=r"There is no template nothing\.yaml"):
        ids(tmp_path, template="nothing.yaml")


def test_what_was_chosen_is_remembered_until_something_else_is_said(tmp_path: Path) -> None:
    put(tmp_path, "template.yaml", "other.yaml", "third.yaml")
    Workspace.open(tmp_path).choose(Options(template="other.yaml"))
    assert (ids(tmp_path), ids(tmp_path, template="third.yaml")) == (["other"], ["third"])
    (tmp_path / "other.yaml").unlink()
    assert ids(tmp_path) == ["template"]


def test_an_environment_that_is_not_there_is_told(tmp_path: Path) -> None:
    put(tmp_path, "template.yaml")
    with pytest.raises(WorkspaceError, match=r"There is no samconfig\.toml, and so no environment prod"):
        ids(tmp_path, config_env="prod")
    assert ids(tmp_path, config_env="default") == ["template"]
    (tmp_path / "samconfig.toml").write_text("[dev.global.parameters]\n[stage.global.parameters]\n")
    with pytest.raises(WorkspaceError, match=r"samconfig\.toml has no environment prod\. It has: dev, stage"):
        ids(tmp_path, config_env="prod")
    workspace = Workspace.open(tmp_path)
    workspace.choose(Options(config_env="stage"))
    assert Workspace.open(tmp_path).remarks().warnings == ()
    (tmp_path / "samconfig.toml").write_text("[dev.global.parameters]\n")
    assert "no environment stage, which was chosen" in Workspace.open(tmp_path).remarks().warnings[0]


def test_samconfig_names_template_and_environment(tmp_path: Path) -> None:
    put(tmp_path, "template.yaml", "infra/dev.yaml", "infra/prod.yaml")
    (tmp_path / "samconfig.toml").write_text(
        'version = 0.1\n[default.global.parameters]\ntemplate_file = "infra/dev.yaml"\n'
        '[prod.deploy.parameters]\ntemplate = "infra/prod.yaml"\n')
    assert [ids(tmp_path, config_env=name) for name in ("", "prod")] == [["dev"], ["prod"]]
    assert Workspace.open(tmp_path).inputs().located.samconfig.environments == ("default", "prod")
    (tmp_path / "infra" / "dev.yaml").unlink()
    with pytest.raises(WorkspaceError, match=r"samconfig\.toml names the template .*dev\.yaml, which is not there"):
        ids(tmp_path)


@pytest.mark.parametrize("text", ["a = [", "[default]\nglobal = 5\n", "default = 1\n", "[default.global]\nparameters = 'x'\n"])
def test_an_odd_samconfig_never_breaks_anything_but_when_it_can_not_be_read(tmp_path: Path, text: str) -> None:
    put(tmp_path, "template.yaml")
    (tmp_path / "samconfig.toml").write_text(text)
    if text == "a = [":
        with pytest.raises(WorkspaceError, match=r"samconfig\.toml cannot be read"):
            ids(tmp_path)
    else:
        assert ids(tmp_path) == ["template"]


def cdk(root: Path, *stacks: str, manifest: bool = True) -> Path:
    put(root, "cdk.json", text="{{}}")
    (root / "cdk.out").mkdir()
    (root / "cdk.out" / "asset.abc").mkdir()
    for stack in stacks:
        function = {"Type": "AWS::Lambda::Function", "Metadata": {"aws:asset:path": "asset.abc"}, "Properties": {
            "Handler": "a.h", "Runtime": "python3.13", "Code": {"S3Bucket": "b", "S3Key": "abc.zip"}}}
        resources = {} if stack == "Empty" else {stack: function}
        (root / "cdk.out" / f"{stack}.template.json").write_text(json.dumps({"Resources": resources}, indent=1))
    if manifest:
        artifacts = {stack: {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{stack}.template.json"}}
                     for stack in stacks}
        (root / "cdk.out" / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return root


@pytest.mark.parametrize("manifest", [True, False])
@pytest.mark.parametrize("stacks", [["App"], ["App", "Empty"]])
def test_a_cdk_assembly_with_one_stack_of_functions(tmp_path: Path, stacks: list[str], manifest: bool) -> None:
    function = Workspace.open(cdk(tmp_path, *stacks, manifest=manifest)).functions()[0]
    assert (function.logical_id, function.problems) == ("App", ())
    assert function.code_path == str(tmp_path.resolve() / "cdk.out" / "asset.abc")


def test_several_stacks_are_chosen_from(tmp_path: Path) -> None:
    with pytest.raises(TemplateNotChosen) as caught:
        Workspace.open(cdk(tmp_path, "One", "Two"))
    assert "there are cdk.out/One.template.json, cdk.out/Two.template.json" in caught.value.message
    named = Workspace.open(tmp_path / "cdk.out" / "Two.template.json")
    assert (named.root, named.functions()[0].logical_id) == (tmp_path.resolve(), "Two")


def test_what_the_serverless_framework_packages_opens_with_its_archive(tmp_path: Path) -> None:
    put(tmp_path, "serverless.yml", text="service: shop\n")
    with pytest.raises(WorkspaceError, match="it is a project of the Serverless Framework") as caught:
        Workspace.open(tmp_path)
    assert "serverless package" in caught.value.hint
    folder = tmp_path / ".serverless"
    folder.mkdir()
    (folder / "shop.zip").write_bytes(b"PK\5\6" + bytes(18))
    code = {"S3Bucket": {"Ref": "Bucket"}, "S3Key": "serverless/shop/dev/1/shop.zip"}
    properties = {"Code": code, "Handler": "a.h", "Runtime": "nodejs22.x"}
    template = {"Resources": {"HelloLambdaFunction": {"Type": "AWS::Lambda::Function", "Properties": properties}}}
    (folder / "cloudformation-template-update-stack.json").write_text(json.dumps(template))
    function = Workspace.open(tmp_path).functions()[0]
    assert (function.code_path, function.problems) == (str(folder.resolve() / "shop.zip"), ())


@pytest.mark.parametrize(("file", "name", "advice"), [
    ("cdk.json", "an AWS CDK project", "cdk synth"), ("main.tf", "a Terraform project", "--hook-name terraform"),
    ("serverless.ts", "Serverless Framework", "serverless package"), ("Pulumi.yaml", "a Pulumi project", "template.yaml"),
    ("sst.config.ts", "an SST project", "template.yaml"), (".chalice/config.json", "Chalice", "chalice package"),
    ("app.arc", "an Architect project", "sam.json"), ("amplify/team.json", "Amplify", "amplify/backend"),
    ("readme.txt", "has no template.yaml", "create a new workspace"),
])
def test_projects_without_a_template_are_told_apart(tmp_path: Path, file: str, name: str, advice: str) -> None:
    put(tmp_path, file, text="")
    with pytest.raises(WorkspaceError, match=name) as caught:
        Workspace.open(tmp_path)
    assert advice in caught.value.hint


def test_templates_below_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "a/template.yaml", "b/c/stack.yml", "node_modules/x/template.yaml", ".git/t.yaml", "b/events/t.yaml")
    put(tmp_path, "b/plain.yaml", text="Resources:\n  B: {{Type: AWS::S3::Bucket}}\n")
    put(tmp_path, "b/notes.yaml", text="about: 'Type: AWS::Serverless::Function'\n")
    function = {"Type": "AWS::Lambda::Function"}
    (tmp_path / "one.json").write_text(json.dumps({"Resources": {"F": function, "G": function}}))
    assert templates_below(tmp_path) == (
        Candidate(path="one.json", functions=2), Candidate(path="a/template.yaml", functions=1),
        Candidate(path="b/c/stack.yml", functions=1))
    with pytest.raises(TemplateNotChosen, match=r"one\.json, a/template\.yaml, b/c/stack\.yml"):
        Workspace.open(tmp_path)
