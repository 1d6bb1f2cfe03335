"""Code inside the template, builds and images as Metadata asks for them, code that was uploaded."""

from pathlib import Path

import pytest

from tests.unit.workspace.templates import write_workspace
from workbench.model.function import Build, FunctionConfiguration, ImageBuild
from workbench.workspace.workspace import Workspace

SAM, LAMBDA = "AWS::Serverless::Function", "AWS::Lambda::Function"


def read(root: Path, properties: str, kind: str = SAM, attributes: str = "", *folders: str) -> FunctionConfiguration:
    template = f"Resources:\n  F:\n    Type: {kind}\n    Properties: {{{properties}}}\n{attributes}"
    return Workspace.open(write_workspace(root, template, *folders)).functions()[0]


@pytest.mark.parametrize(("kind", "properties"), [
    (SAM, "InlineCode: 'def h(e, c): pass'"), (LAMBDA, "Code: {ZipFile: 'def h(e, c): pass'}"),
    (LAMBDA, "Code: {ZipFile: !Join ['', ['def h', '(e, c): pass']]}"), (SAM, "InlineCode: !Sub 'def h(e, c): pass'"),
])
def test_code_inside_the_template(tmp_path: Path, kind: str, properties: str) -> None:
    function = read(tmp_path, f"Runtime: python3.13, Handler: index.h, {properties}", kind)
    assert (function.inline_code, function.problems) == ("def h(e, c): pass", ())


def test_code_inside_the_template_that_is_not_known_or_not_possible(tmp_path: Path) -> None:
    unknown = read(tmp_path / "a", "Runtime: python3.13, Handler: index.h, InlineCode: !Sub 'x = ${Thing}'")
    assert "The code inside the template is not known before a deployment: !Ref Thing has no value here" in unknown.problems[0]
    java = read(tmp_path / "b", "Runtime: java21, Handler: H, InlineCode: x")
    assert java.problems == ("Only Python and Node.js can have code inside the template; name a folder for java21.",)


@pytest.mark.parametrize(("metadata", "build"), [
    ("{BuildMethod: makefile}", Build(logical_id="F", method="makefile")),
    ("{BuildMethod: esbuild, BuildProperties: {Minify: true, EntryPoints: [app.ts]}}",
     Build(logical_id="F", method="esbuild", properties={"Minify": True, "EntryPoints": ["app.ts"]})),
    ("{BuildMethod: !Sub 'python3.12', BuildArchitecture: arm64, Other: 1}",
     Build(logical_id="F", method="python3.12", properties={"BuildArchitecture": "arm64"})),
    ("{BuildProperties: {UseNpmCi: true}}", Build(logical_id="F", properties={"UseNpmCi": True})),
    ("{SkipBuild: true}", Build(logical_id="F", properties={"SkipBuild": True})),
    ("{cfn_nag: {rules_to_suppress: []}}", None), ("5", None), ("{BuildProperties: 5}", None),
])
def test_builds(tmp_path: Path, metadata: str, build: Build | None) -> None:
    function = read(tmp_path, "Runtime: python3.13, Handler: a.h", attributes=f"    Metadata: {metadata}\n")
    assert (function.build, function.problems) == (build, ())


def test_builds_of_layers_stand_beside_them(tmp_path: Path) -> None:
    layers = ("  L: {Type: AWS::Serverless::LayerVersion, Metadata: {BuildMethod: python3.13}, Properties: {ContentUri: layer}}\n"
              "  M: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}\n")
    function = read(tmp_path, "Runtime: python3.13, Handler: a.h, Layers: [!Ref M, !Ref L]", SAM, layers, "layer")
    assert function.layer_builds == (None, Build(logical_id="L", method="python3.13"))
    assert read(tmp_path, "Runtime: python3.13, Handler: a.h, Layers: [!Ref M]", SAM, layers, "layer").layer_builds == ()


def test_what_sam_built_is_taken_as_it_is(tmp_path: Path) -> None:
    function = read(tmp_path / ".aws-sam" / "build", "Runtime: nodejs22.x, Handler: a.h, CodeUri: F", SAM,
                    "    Metadata: {BuildMethod: esbuild}\n", "F")
    assert (function.build, function.problems) == (Build(logical_id="F", properties={"SkipBuild": True}), ())
    image = read(tmp_path / ".aws-sam" / "build", "PackageType: Image, ImageUri: 'f:v1'", SAM,
                 "    Metadata: {Dockerfile: Dockerfile, DockerContext: ../../src}\n").image
    assert image is not None
    assert (image.uri, image.build) == ("f:v1", None)


def test_an_image_to_be_built(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "Dockerfile").touch()
    metadata = "{Dockerfile: Dockerfile, DockerContext: ./src, DockerTag: v1, DockerBuildArgs: {A: 1}, DockerBuildTarget: t}"
    function = read(tmp_path, "PackageType: Image, ImageUri: 'x:1'", attributes=f"    Metadata: {metadata}\n")
    assert function.problems == ()
    assert function.image is not None
    assert function.image.uri == ""
    assert function.image.build == ImageBuild(
        context=str(tmp_path.resolve() / "src"), dockerfile="Dockerfile", tag="v1", target="t", arguments={"A": "1"})


@pytest.mark.parametrize(("metadata", "problem"), [
    ("{Dockerfile: Dockerfile}", "Metadata.DockerContext is missing"), ("{DockerContext: .}", "Metadata.Dockerfile is missing"),
    ("{Dockerfile: D, DockerContext: nowhere}", "The folder nowhere for building the image does not exist"),
    ("{Dockerfile: D, DockerContext: .}", "There is no D in ."),
])
def test_an_image_that_can_not_be_built(tmp_path: Path, metadata: str, problem: str) -> None:
    assert problem in read(tmp_path, "PackageType: Image", attributes=f"    Metadata: {metadata}\n").problems[0]


def test_an_image_of_cdk_is_built_from_its_asset(tmp_path: Path) -> None:
    (tmp_path / "asset.1").mkdir()
    (tmp_path / "asset.1" / "Dockerfile.x").touch()
    metadata = ("    Metadata: {'aws:asset:path': asset.1, 'aws:asset:dockerfile-path': Dockerfile.x, "
                "'aws:asset:docker-build-args': {A: b}}\n")
    function = read(tmp_path, "Code: {ImageUri: {'Fn::Sub': '${AWS::AccountId}.dkr.ecr/x:1'}}", LAMBDA, metadata)
    assert function.problems == ()
    assert function.image is not None
    assert function.image.build == ImageBuild(
        context=str(tmp_path.resolve() / "asset.1"), dockerfile="Dockerfile.x", arguments={"A": "b"})


def test_an_uploaded_artifact_that_lies_beside_the_template(tmp_path: Path) -> None:
    code = "Runtime: nodejs22.x, Handler: a.h, Code: {S3Bucket: !Ref B, S3Key: serverless/shop/dev/1-2/shop.zip}"
    (tmp_path / "shop.zip").write_bytes(b"PK\5\6" + bytes(18))
    function = read(tmp_path, code, LAMBDA)
    assert (function.code_path, function.problems) == (str(tmp_path.resolve() / "shop.zip"), ())
    cdk = "Runtime: nodejs22.x, Handler: a.h, Code: {S3Bucket: b, S3Key: abc.zip}"
    assert read(tmp_path, cdk, LAMBDA, "", "asset.abc").code_path == str(tmp_path.resolve() / "asset.abc")


def test_a_single_file_is_code(tmp_path: Path) -> None:
    (tmp_path / "app.py").touch()
    function = read(tmp_path, "Runtime: python3.13, Handler: app.h, CodeUri: app.py")
    assert (function.code_path, function.problems) == (str(tmp_path.resolve() / "app.py"), ())


@pytest.mark.parametrize(("code", "kind", "address"), [
    ("CodeUri: 's3://b/a/0123'", SAM, "s3://b/a/0123"), ("CodeUri: 's3://b/k?versionId=1'", SAM, "s3://b/k?versionId=1"),
    ("CodeUri: {Bucket: b, Key: a b.zip, Version: 1}", SAM, "s3://b/a%20b.zip?versionId=1"),
    ("Code: {S3Bucket: !Sub 'b-${AWS::Region}', S3Key: k}", LAMBDA, "s3://b-us-east-1/k"),
])
def test_code_in_s3_is_named_for_the_engine(tmp_path: Path, code: str, kind: str, address: str) -> None:
    """Sources: SAM specification, CodeUri, FunctionCode; CloudFormation template reference, "AWS::Lambda::Function Code"."""
    function = read(tmp_path, f"Runtime: python3.13, Handler: app.h, {code}", kind)
    assert (function.code_in_s3, function.code_path, function.problems) == (address, str(tmp_path.resolve()), ())


def test_code_in_s3_that_is_not_known(tmp_path: Path) -> None:
    function = read(tmp_path, "Runtime: python3.13, Handler: app.h, Code: {S3Bucket: !ImportValue b, S3Key: k}", LAMBDA)
    assert function.code_in_s3 == ""
    assert function.problems[0].startswith(
        "The code is in Amazon S3. If sam package wrote this template, open the one that it was made from")
