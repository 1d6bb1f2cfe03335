"""Small projects of kinds that people bring, each with what Lambda, CloudFormation or SAM makes of it.

`projects/` holds them as their owners would have them on disk. Where a sandbox is left out, the reason stands beside it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine
from tests.support.docker_sandboxes import docker
from tests.support.engines import EngineInTest
from workbench.model.failures import ServiceError
from workbench.model.function import SandboxKind
from workbench.sandbox.docker.image_builds import PLACE_LABEL
from workbench.state.invocation import Invocation

PROJECTS = Path(__file__).parent / "projects"
UNKNOWN = {"V_NODEF", "V_SSM", "V_ALLOWED", "V_IMPORT", "V_DYN", "V_TRANSFORM"}
NO_SHARED_MEMORY = ("OSError(38, 'Function not implemented')", "FileNotFoundError(2, 'No such file or directory')")
"""Amazon Linux's C library says the first on Lambda, Debian's (that of the test image) the second, on Lambda too."""


def project(tmp_path: Path, name: str) -> Path:
    """A copy of the project, symbolic links as they are."""
    return Path(shutil.copytree(PROJECTS / name, tmp_path / name, symlinks=True))


async def invoked(start: StartEngine, root: Path, function: str = "F", event: object = None) -> Invocation:
    engine = await start(root)
    return await engine.invoke(event, function)


def answer(invocation: Invocation) -> Any:
    """The decoded payload of a success."""
    assert invocation.status == "success", (invocation.payload, invocation.log_lines())
    return json.loads(invocation.payload)


async def notices(engine: EngineInTest) -> list[str]:
    """All that was said aloud so far."""
    events = await engine.client.events(limit=10_000)
    return [str(event.fields()["text"]) for event in events
            if event.type == "sandbox.progress" and event.fields()["stage"] == "notice"]


@pytest.mark.parametrize(("name", "function", "expected"), [
    ("codeuri-dot-docker", "F", 1),
    ("py-symlinked", "F", ["shared", "/var/task/shared.py"]),
    ("cli-env", "F", {"u": "日本é", "e": {}}),
    ("tmpl-inline", "F", "inline"),
    ("fn-makefile", "F", "ran"),
    ("npm-file-dep", "F", "shared dep"),
    ("node-bare-require-root", "F", "bare"),
    ("node-esbuild-metadata", "F", "ts"),
    ("layer-buildmethod", "F", "layer"),
    ("py-layer-pth", "F", "pth"),
    ("durable-config", "F", "ran"),
])
async def test_runs_in_both(start: StartEngine, tmp_path: Path, name: str, function: str, expected: object) -> None:
    root = project(tmp_path, name)
    found = answer(await invoked(start, root, function))
    if name == "py-symlinked":  # where the task root lies in a process is of this machine
        found[1] = f"/var/task/{Path(found[1]).name}"
    assert found == expected


@pytest.mark.parametrize("sandbox", ["process"])
@pytest.mark.parametrize(("name", "expected"), [
    ("node-esm-layer-import", "from layer"),  # Debian's Node.js in the test image is too old for the hook of AWS's
    ("npm-lock-behind", "createApplication"),  # the build is the same for containers
    ("tmpl-cdk", {}),  # what a template says is read before there is a sandbox
    ("tmpl-duplicate-key", "ran"),
])
async def test_runs_in_a_process(start: StartEngine, tmp_path: Path, name: str, expected: object) -> None:
    function = "Fn3BAA72D1" if name == "tmpl-cdk" else "F"
    assert answer(await invoked(start, project(tmp_path, name), function)) == expected


@pytest.mark.parametrize("sandbox", ["process"])
@pytest.mark.parametrize(("name", "answers"), [
    ("tmpl-foreach", {"AlphaFunction": {"V_N": "Alpha"}, "BetaFunction": {"V_N": "Beta"}}),
    ("tmpl-inline", {"F": "inline", "G": "zipfile"}),
])
async def test_several_functions_of_a_template(start: StartEngine, tmp_path: Path, name: str, answers: dict[str, object]) -> None:
    engine = await start(project(tmp_path, name))
    assert {function: answer(await engine.invoke(function=function)) for function in answers} == answers


async def test_files_in_tmp_are_no_memory(start: StartEngine, tmp_path: Path) -> None:
    invocation = await invoked(start, project(tmp_path, "tmp-200mb-in-128mb"), event={"mb": 200})
    assert answer(invocation) == "wrote 200 MB"
    assert invocation.metrics is not None
    assert invocation.metrics.max_memory_used_mb < 128


@pytest.mark.parametrize("sandbox", ["docker"])
async def test_who_a_function_is_in_a_container(start: StartEngine, tmp_path: Path) -> None:
    found = answer(await invoked(start, project(tmp_path, "docker-identity")))
    assert found == [None, None, "/home/sbx_user1051", "sbx_user1051", 993]


@pytest.fixture
def dockerfile_project(tmp_path: Path, docker_images: dict[str, str]) -> Iterator[Path]:
    """Its base image is the tests' own: under AWS's name it would be taken for AWS's by other tests. What is built goes again."""
    root = project(tmp_path, "image-dockerfile")
    dockerfile = root / "src" / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("public.ecr.aws/lambda/python:3.11", docker_images["python3.11"]))
    yield root
    for image in docker("images", "-q", "--filter", f"label={PLACE_LABEL}={root / 'src'}").split():
        docker("rmi", "-f", image)


@pytest.mark.parametrize("sandbox", ["docker"])
async def test_an_image_is_built_from_its_dockerfile(start: StartEngine, dockerfile_project: Path) -> None:
    assert answer(await invoked(start, dockerfile_project)) == {}


@pytest.mark.parametrize("sandbox", ["docker"])
async def test_multiprocessing_in_a_container(start: StartEngine, tmp_path: Path) -> None:
    found = answer(await invoked(start, project(tmp_path, "py-multiproc")))
    assert found["pipe"] is True
    assert found["shm"] is False
    assert found["pool"] == found["lock"] in NO_SHARED_MEMORY


@pytest.mark.parametrize("sandbox", ["docker"])
async def test_extensions_find_opt(start: StartEngine, tmp_path: Path) -> None:
    root = project(tmp_path, "ext-opt-path")
    for path in (root / "layer").rglob("agent*"):
        path.chmod(0o755)
    assert answer(await invoked(start, root)) == "ran"


@pytest.mark.parametrize("sandbox", ["process"])
async def test_require_of_an_es_module(start: StartEngine, tmp_path: Path) -> None:
    invocation = await invoked(start, project(tmp_path, "node-require-esm"))
    assert invocation.function_error == "Unhandled"
    assert "ERR_REQUIRE_ESM" in invocation.payload + "".join(invocation.log_lines())


@pytest.mark.parametrize("sandbox", ["process"])
async def test_the_sdk_that_a_node_runtime_brings(start: StartEngine, tmp_path: Path) -> None:
    found = answer(await invoked(start, project(tmp_path, "node-sdk-v3")))
    assert found == {
        "@aws-sdk/client-s3": "ok", "@aws-sdk/client-dynamodb": "ok", "@aws-sdk/lib-dynamodb": "ok",
        "aws-sdk": "ERR_MODULE_NOT_FOUND", "@smithy/types": "ok",
    }


@pytest.mark.parametrize("sandbox", ["process"])
async def test_the_packages_that_a_python_runtime_brings(start: StartEngine, tmp_path: Path) -> None:
    found = answer(await invoked(start, project(tmp_path, "py-boto3-present")))
    assert {name for name, place in found.items() if place != "missing"} >= {"boto3", "botocore", "urllib3"}
    assert [found[name] for name in ("requests", "yaml", "numpy")] == ["missing"] * 3


async def test_a_helper_named_like_a_module_that_is_loaded(start: StartEngine, tmp_path: Path) -> None:
    invocation = await invoked(start, project(tmp_path, "py-helper-logging"))
    assert '"errorMessage": "module \'logging\' has no attribute \'get\'"' in invocation.payload
    assert '"errorType": "AttributeError"' in invocation.payload


async def test_each_log_record_is_one_event(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(project(tmp_path, "py-logging-exc-newline"))
    invocation = await engine.invoke(function="F")
    answer(invocation)
    events = [event for event in await engine.client.invocation_events(invocation.request_id) if event.type == "function"]
    texts = [str(event.record) for event in events]
    assert len(texts) == 5
    assert texts[0].startswith("[ERROR]")
    assert "ZeroDivisionError" in texts[0]
    assert texts[1].rstrip("\n") == "printed after"
    assert "second" in texts[2]
    assert "Stack (most recent call last)" in texts[3]
    assert texts[4].rstrip("\n") == "end"


async def test_a_text_that_can_not_be_encoded(start: StartEngine, tmp_path: Path) -> None:
    invocation = await invoked(start, project(tmp_path, "py-surrogate-log"))
    assert '"errorType": "UnicodeEncodeError"' in invocation.payload


async def test_a_file_that_lambdas_user_may_not_read(start: StartEngine, tmp_path: Path, sandbox: SandboxKind) -> None:
    """Version control keeps no modes: the file gets its mode here."""
    root = project(tmp_path, "dir-perms")
    (root / "src" / "data.txt").chmod(0o600)
    engine = await start(root)
    invocation = await engine.invoke(function="F")
    if sandbox == "docker" or invocation.function_error:
        assert "Permission denied: 'data.txt'" in invocation.payload
    else:  # for root the kernel refuses nothing: then it is told
        assert any("data.txt" in notice and "0600" in notice for notice in await notices(engine))


@pytest.mark.parametrize("sandbox", ["process"])
async def test_a_function_whose_condition_is_false(start: StartEngine, tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as refused:
        await invoked(start, project(tmp_path, "tmpl-condition-resource"))
    assert refused.value.code == "ResourceNotFoundException"


@pytest.mark.parametrize("sandbox", ["process"])
async def test_a_layer_that_only_a_deployment_knows(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(project(tmp_path, "tmpl-layer-getatt"))
    assert answer(await engine.invoke(function="F")) == 1
    assert any("layer" in notice and "Child.Outputs.LayerArn" in notice for notice in await notices(engine))


@pytest.mark.parametrize("sandbox", ["process"])
async def test_references_give_what_cloudformation_gives(start: StartEngine, tmp_path: Path) -> None:
    found = answer(await invoked(start, project(tmp_path, "tmpl-ref-arn-types")))
    assert found["V_SM"] == "arn:aws:states:us-east-1:123456789012:stateMachine:SM"
    assert found["V_SEC"].startswith("arn:aws:secretsmanager:us-east-1:123456789012:secret:")
    assert found["V_LB"].startswith("arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/")
    assert found["V_CRT"].startswith("arn:aws:acm:us-east-1:123456789012:certificate/")
    assert found["V_POOL"].startswith("us-east-1_")
    assert found["V_TOPIC"].startswith("arn:aws:sns:us-east-1:123456789012:")


@pytest.mark.parametrize("sandbox", ["process"])
async def test_values_that_are_known_and_values_that_are_asked_for(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(project(tmp_path, "tmpl-param-empty-default"))
    found = answer(await engine.invoke(function="F"))
    stack = found.pop("V_SUBLIT").removeprefix("${Literal} us-east-1 123456789012 ")
    assert stack
    assert found == {
        "V_SUB": "local_Products", "V_NUM": "7", "V_LIST": "a|b|c", "V_SEL": "b", "V_MAP": "http://l", "V_IF": "yes1",
        "V_SUBMAP": "7-local", "V_B64": "aGVsbG8=", "V_CIDR": "10.0.0.0/24", "V_SPLIT": "c", "V_LONGSUB": "local",
        "V_JSON": '{"a":"local"}',
    }
    said = "\n".join(await notices(engine))
    assert all(name in said for name in UNKNOWN), said


@pytest.mark.parametrize("sandbox", ["process"])
async def test_samconfig_names_the_template(start: StartEngine, tmp_path: Path) -> None:
    assert answer(await invoked(start, project(tmp_path, "tmpl-samconfig"))) == {}
