"""The breakdown of a cold start's imports, in every sandbox; and that noting them changes nothing for the function."""

from __future__ import annotations

import json
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine
from tests.support.docker_fixtures import docker_provider
from tests.support.docker_sandboxes import Environment, created, function_in, running, write_function
from tests.support.engines import EngineInTest
from tests.support.workspaces import one_function
from workbench.sandbox.docker.provider import DockerSandboxProvider

UNTRACED = {"AWS_LAMBDA_EXEC_WRAPPER": "/usr/bin/env"}
"""A wrapper of the function's own, one that does nothing: then there is no trace."""

HEAVY = """
    import json, decimal, email.message

    def handler(event, context):
        return "ok"
"""

SURROUNDINGS = """
    import gc, os, sys

    def handler(event, context):
        return {
            "variables": {name: value for name, value in os.environ.items() if "RUNTIME_API" not in name},
            "path": sys.path, "modules": list(sys.modules), "importers": list(sys.path_importer_cache),
            "custom": str(sys.modules.get("sitecustomize")), "flags": str(sys.flags),
            "lock": type(sys.modules["_frozen_importlib"]._ModuleLockManager("x")).__module__,
        }
"""


async def _spans(engine: EngineInTest) -> list[Any]:
    return [event.record for event in await engine.client.events() if event.type == "sandbox.spans"]


async def test_the_imports_of_a_cold_start_are_told(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", HEAVY))
    cold = await engine.invoke()
    assert (cold.payload, (await engine.invoke()).start) == ('"ok"', "warm")
    (record,) = await _spans(engine)
    runtime_init, function_init = record["spans"]
    assert [runtime_init["name"], function_init["name"]] == ["runtimeInit", "functionInit"]
    assert runtime_init["startMs"] + runtime_init["durationMs"] == pytest.approx(function_init["startMs"], abs=0.01)
    assert runtime_init["durationMs"] > 0
    assert cold.metrics is not None
    assert 0 < function_init["durationMs"] < (cold.metrics.init_duration_ms or 0)
    rows = record["imports"]
    assert [row["module"] for row in rows if row["parent"] == -1] == ["app"]
    message = next(row for row in rows if row["module"] == "email.message")
    assert rows[message["parent"]]["module"] == "app"
    below = sum(row["durationMs"] for row in rows if row["parent"] == rows.index(message))
    assert 0 < message["selfMs"] <= message["durationMs"] - below + 0.001


async def test_the_imports_of_a_start_that_fails_are_told(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", "import email.message\nimport missing_module_x\n"))
    assert (await engine.invoke()).error_type == "Runtime.ImportModuleError"
    records = await _spans(engine)
    assert len(records) == 2  # INIT, and INIT again inside of the invocation
    for record in records:
        assert {"app", "email.message"} <= {row["module"] for row in record["imports"]}


@pytest.fixture
async def containers(tmp_path: Path, docker_images: dict[str, str]) -> AsyncIterator[DockerSandboxProvider]:
    """A provider for tests that look closer than an engine lets them."""
    assert docker_images
    async with docker_provider(tmp_path) as provider:
        yield provider


async def _surroundings(containers: DockerSandboxProvider, code: Path, variables: dict[str, str]) -> tuple[dict[str, Any], bool]:
    async with running(containers, function_in(code), variables) as environment:
        return await environment.invoke(), bool(environment.sandbox.init_report())


def _code(folder: Path, source: str) -> Path:
    return write_function(folder, textwrap.dedent(source))


@pytest.mark.docker
async def test_a_function_in_docker_finds_all_as_it_is_untraced(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    code = _code(tmp_path / "code", SURROUNDINGS)
    found, was_traced = await _surroundings(containers, code, {})
    untraced, was_untraced = await _surroundings(containers, code, UNTRACED)
    assert (was_traced, was_untraced) == (True, False)
    assert untraced["variables"].pop("AWS_LAMBDA_EXEC_WRAPPER") == "/usr/bin/env"
    for one in (found, untraced):  # what shells set
        for name in ("_", "OLDPWD", "SHLVL", "PWD", "HOSTNAME"):
            one["variables"].pop(name, None)
    assert found == untraced  # the image's own sitecustomize among it
    assert "/usr/lib/python3" in found["custom"]


@pytest.mark.docker
async def test_a_wrapper_of_the_functions_own_runs_instead(containers: DockerSandboxProvider, tmp_path: Path) -> None:
    code = _code(tmp_path / "code", "import os\ndef handler(event, context):\n    return os.environ['FROM_WRAPPER']\n")
    write_function(code, '#!/bin/sh\nexport FROM_WRAPPER=yes\nexec "$@"\n', file="wrap", mode=0o755)
    async with running(containers, function_in(code), {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}) as environment:
        assert await environment.invoke() == "yes"
        assert environment.sandbox.init_report() == ""


async def _init_error(environment: Environment) -> dict[str, Any]:
    await environment.sandbox.start()
    what, document = await environment.api.posted.get()
    assert what == "error"
    return document  # type: ignore[no-any-return]


@pytest.mark.docker
@pytest.mark.parametrize("source", [
    "import broken\n", "import missing_module_x\n", "def handler(:\n", "import circular\n",
    "import importlib\nimportlib.import_module('broken')\n",
    "import traceback\ntry:\n    import broken\nexcept ValueError as error:\n    raise RuntimeError(traceback.format_exc())\n",
])
async def test_a_start_that_fails_in_docker_says_the_same_as_untraced(
    containers: DockerSandboxProvider, tmp_path: Path, source: str
) -> None:
    code = _code(tmp_path / "code", source)
    write_function(code, "def inner():\n    raise ValueError('at import')\ninner()\n", file="broken.py")
    write_function(code, "import app\nfrom app import nothing\n", file="circular.py")
    said = []
    for variables in ({}, UNTRACED):
        async with created(containers, function_in(code), variables) as environment:
            said.append((await _init_error(environment), json.loads(environment.sandbox.init_report() or "{}")))
    (traced, report), (untraced, nothing) = said
    assert traced == untraced
    assert (report["imports"][0][:2], nothing) == (["app", -1], {})
