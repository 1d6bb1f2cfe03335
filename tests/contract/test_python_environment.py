"""A Python function's environment in a process is Lambda's but for a documented list: variable by variable, path by path.

Source of what Lambda has: recorded environments of the service (2026) and AWS's /var/runtime/bootstrap.py.
"""

from __future__ import annotations

import json
import re
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine
from tests.support.engines import EngineInTest
from tests.support.workspaces import PYTHON_RUNTIME, WorkspaceBuilder, one_function
from workbench.model.engine_api import Settings

pytestmark = pytest.mark.parametrize("sandbox", ["process"])

TELLS = """
    import builtins, os, sys

    def handler(event, context):
        return {
            "variables": dict(os.environ), "path": sys.path, "argv": sys.argv, "cwd": os.getcwd(),
            "names": [name for name in ("exit", "quit", "help", "copyright", "credits", "license") if hasattr(builtins, name)],
            "streams": [sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors], "stdin": sys.stdin.read(),
        }
"""
SAME = {
    "AWS_EXECUTION_ENV": f"AWS_Lambda_{PYTHON_RUNTIME}", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_FUNCTION_NAME": "Function", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/Function", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR", "LANG": "en_US.UTF-8",
    "SHLVL": "0", "TZ": ":UTC", "_AWS_XRAY_DAEMON_PORT": "2000", "_HANDLER": "app.handler",
    "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
}
"""To the letter as recorded."""
ALIKE = {
    "AWS_ACCESS_KEY_ID": r"ASIA[A-Z2-7]{16}", "AWS_SECRET_ACCESS_KEY": r"\S{40}", "AWS_SESSION_TOKEN": r"\S{200}",
    "AWS_LAMBDA_LOG_STREAM_NAME": r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}",
    "_X_AMZN_TRACE_ID": r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0",
    "AWS_LAMBDA_METADATA_API": r"127\.0\.0\.1:\d+", "AWS_LAMBDA_METADATA_TOKEN": r"\S+",
    "AWS_LAMBDA_RUNTIME_API": r"127\.0\.0\.1:\d+", "AWS_XRAY_DAEMON_ADDRESS": r"127\.0\.0\.1:2000",
    "_AWS_XRAY_DAEMON_ADDRESS": r"127\.0\.0\.1",
}
"""Made for each environment; the services of the platform are on this machine's loopback."""
THIS_MACHINES_PATHS = {"LAMBDA_TASK_ROOT", "PWD", "LAMBDA_RUNTIME_DIR", "PYTHONPATH", "PATH", "LD_LIBRARY_PATH"}
ONLY_HERE = {"TMPDIR", "PYTHONDONTWRITEBYTECODE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL_LAMBDA"}
"""As docs/limits.md lists: /tmp is a folder of its own, the task root is not written to, AWS profiles of this machine are out,
and calls of Lambda come to the engine."""


async def told(engine: EngineInTest, function: str = "Function") -> Any:
    """What the handler answers; fails where it did not."""
    invocation = await engine.invoke(function=function)
    assert not invocation.function_error, invocation.payload
    return json.loads(invocation.payload)


async def test_the_variables_are_lambdas_but_for_the_list(start: StartEngine, tmp_path: Path) -> None:
    seen = await told(await start(one_function(tmp_path / "w", TELLS)))
    variables, code = seen["variables"], seen["cwd"]
    assert {name: variables.get(name) for name in SAME} == SAME
    for name, pattern in ALIKE.items():
        assert re.fullmatch(pattern, variables[name]), (name, variables[name])
    assert set(variables) == {*SAME, *ALIKE, *THIS_MACHINES_PATHS, *ONLY_HERE}
    assert (variables["LAMBDA_TASK_ROOT"], variables["PWD"]) == (code, code)
    assert variables["PYTHONPATH"] == variables["LAMBDA_RUNTIME_DIR"]
    assert variables["PATH"].split(":")[1:] == ["/usr/local/bin", "/usr/bin/", "/bin"]
    assert variables["LD_LIBRARY_PATH"] == f"{code}:{code}/lib"
    assert "HOME" not in variables


async def test_a_newer_runtime_tells_its_locale(start: StartEngine, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w")
    for version in ("3.11", "3.12"):
        builder.function(f"On{version.replace('.', '')}", {"app.py": TELLS}, runtime=f"python{version}")
    engine = await start(builder.write())
    older, newer = await told(engine, "On311"), await told(engine, "On312")
    assert ("LC_CTYPE" in older["variables"], newer["variables"]["LC_CTYPE"]) == (False, "C.UTF-8")
    assert older["streams"] == ["utf-8", "strict", "backslashreplace"]
    assert newer["streams"] == ["utf-8", "surrogateescape", "backslashreplace"]


async def test_the_path_is_lambdas_and_python_has_its_names(start: StartEngine, tmp_path: Path) -> None:
    seen = await told(await start(one_function(tmp_path / "w", TELLS)))
    task, runtime, *rest = seen["path"]
    assert (task, runtime) == (seen["cwd"], seen["variables"]["LAMBDA_RUNTIME_DIR"])
    assert rest == [place for place in sys.path if place.startswith(sys.base_prefix) and "packages" not in place]
    assert [Path(argument).name for argument in seen["argv"]] == ["bootstrap.py"]
    assert seen["names"] == ["exit", "quit", "help", "copyright", "credits", "license"]
    assert seen["stdin"] == ""


TRIES = """
    def handler(event, context):
        found = {}
        for name in ("boto3", "botocore", "urllib3", "dateutil", "six", "jmespath", "s3transfer", "simplejson",
                     "requests", "yaml", "numpy", "pytest", "pip", "setuptools", "pkg_resources"):
            try:
                found[name] = __import__(name).__file__
            except ImportError:
                pass
        import boto3
        return [found, boto3.client("s3").meta.region_name, boto3.__version__, boto3.Session().available_profiles]
"""


async def test_the_sdk_is_there_and_no_package_of_this_machine(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", TRIES, timeout_s=30))
    found, region, version, profiles = await told(engine)
    assert set(found) == {"boto3", "botocore", "urllib3", "dateutil", "six", "jmespath", "s3transfer", "simplejson"}
    (place,) = {Path(file).parent.parent if Path(file).name == "__init__.py" else Path(file).parent for file in found.values()}
    assert place.parent.parent.name == "sdk"
    assert (region, profiles) == ("us-east-1", [])
    assert re.fullmatch(r"1\.\d+\.\d+", version)


async def test_the_type_of_the_context_can_be_named(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", """
        from awslambdaric.lambda_context import ClientContext, LambdaContext
        def handler(event, context: LambdaContext):
            try:
                import awslambdaric.bootstrap
            except ImportError as error:
                return [isinstance(context, LambdaContext), type(context.identity).__module__, str(error)]
    """))
    assert await told(engine) == [True, "awslambdaric.lambda_context", "No module named 'awslambdaric.bootstrap'"]


async def test_a_virtual_environment_supplies_the_interpreter_alone(start: StartEngine, tmp_path: Path) -> None:
    workspace = one_function(tmp_path / "w", """
        import sys
        def handler(event, context):
            try:
                import venv_only
                return venv_only.word
            except ImportError:
                return "not there"
    """)
    environment = workspace / ".venv"
    venv.create(environment, symlinks=True)
    (site,) = environment.glob("lib/python3*/site-packages")
    (site / "venv_only.py").write_text("word = 'there'\n")
    (site / "venv_only-1.0.dist-info").mkdir()
    engine = await start(workspace)
    invocation = await engine.invoke()
    assert json.loads(invocation.payload) == "not there"
    (notice,) = [text for text in await notices(engine) if ".venv" in text]
    assert notice == (f"The virtual environment {environment} runs Function; its packages are not used, because Lambda would not "
                      "have them. Add what the function needs to requirements.txt, or switch them on in the workspace settings.")
    await engine.client.change_settings(Settings(sandbox="process", venv_packages=True))
    assert await told(engine) == "there"


async def notices(engine: EngineInTest) -> list[str]:
    """All that was said aloud so far."""
    return [event.record["text"] for event in await engine.client.events(0) if event.record.get("stage") == "notice"]
