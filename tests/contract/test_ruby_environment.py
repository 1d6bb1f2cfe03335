"""A Ruby function's environment in a process is Lambda's but for a documented list: variable by variable, gem by gem.

Source of what Lambda has: recorded environments of the service (2026).
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine
from tests.support.workspaces import WorkspaceBuilder
from workbench.state.invocation import Invocation

pytestmark = [pytest.mark.parametrize("sandbox", ["process"]),
              pytest.mark.skipif(shutil.which("ruby") is None, reason="Ruby is not installed")]

TELLS = """
    def handler(event:, context:)
      { variables: ENV.to_h, cwd: Dir.pwd, load_path: $LOAD_PATH, gem_path: Gem.path, gem_home: Gem.dir,
        suggestion: begin; "".upcas; rescue NameError => error; error.message; end,
        of_machine: RbConfig::CONFIG.values_at("sitedir", "vendordir", "sitearchdir", "vendorarchdir").compact }
    end
"""
TRIES = """
    def handler(event:, context:)
      event["names"].to_h { |name| [name, begin; require name; "found"; rescue LoadError => error; error.message; end] }
    end
"""
RECORDED = {
    "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "GEM_HOME", "GEM_PATH", "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT", "LANG", "LD_LIBRARY_PATH", "PATH", "RUBYLIB", "TZ", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER", "_X_AMZN_TRACE_ID",
}
"""Lambda's variables in ruby3.2 and later."""
OF_OURS = {"TMPDIR", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL_LAMBDA"}


def a_gem(place: Path, name: str, word: str = "") -> None:
    """An installed gem, as `gem install` lays it down; what it is required by is named like it."""
    lib = place / "gems" / f"{name}-1.0" / "lib"
    lib.mkdir(parents=True)
    (lib / f"{name}.rb").write_text(f"WORD = '{word}'\n" if word else "")
    (place / "specifications").mkdir(exist_ok=True)
    (place / "specifications" / f"{name}-1.0.gemspec").write_text(
        f"Gem::Specification.new {{ |s| s.name = '{name}'; s.version = '1.0'; s.summary = 's'; s.authors = ['a'] }}\n")


def a_function(root: Path, code: str, files: dict[str, str] | None = None, **options: Any) -> Path:
    """A workspace whose `Function` is this code, with the folder `layer` as its layer where there is one."""
    layered = {"properties": "Layers: [!Ref Layer]"} if (root / "layer").is_dir() else {}
    sources = {"app.rb": code, **(files or {})}
    workspace = WorkspaceBuilder(root).function("Function", sources, runtime="ruby3.3", **layered, **options).write()
    if layered:
        with (workspace / "template.yaml").open("a") as template:
            template.write("  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}\n")
    return workspace


def answer(invocation: Invocation) -> Any:
    assert not invocation.function_error, invocation.payload
    return json.loads(invocation.payload)


async def test_the_variables_are_lambdas_but_for_the_list(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(a_function(tmp_path / "w", TELLS, environment={"OWN": "1"}))
    seen = answer(await engine.invoke())
    variables, task = seen["variables"], seen["cwd"]
    assert set(variables) - OF_OURS == RECORDED | {"OWN"}
    runtime = variables["LAMBDA_RUNTIME_DIR"]
    assert (variables["LAMBDA_TASK_ROOT"], variables["GEM_HOME"]) == (task, runtime)
    gem_path = [f"{task}/vendor/bundle/ruby/3.3.0", runtime, f"{runtime}/ruby/3.3.0"]
    assert variables["GEM_PATH"].split(":") == seen["gem_path"] == gem_path
    assert variables["RUBYLIB"] == f"{task}:{runtime}/lib"
    assert (variables["AWS_EXECUTION_ENV"], variables["PATH"].split(":")[1:]) == (
        "AWS_Lambda_ruby3.3", ["/usr/local/bin", "/usr/bin/", "/bin"])


async def test_ruby_is_as_it_starts_but_without_what_this_machine_has_beside_it(start: StartEngine, tmp_path: Path) -> None:
    seen = answer(await (await start(a_function(tmp_path / "w", TELLS))).invoke())
    assert seen["load_path"][0] == seen["cwd"]
    assert not [place for place in seen["load_path"] if place.startswith(tuple(seen["of_machine"]))]
    assert "Did you mean?  upcase" in seen["suggestion"]


async def test_gems_of_package_layers_and_runtime_and_none_of_this_machine(
    start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEM_PATH", str(tmp_path / "machine"))
    for name in ("on_machine", "aws-sdk-s3", "aws-sdk-core", "jmespath", "aws-record"):
        a_gem(tmp_path / "machine", name)
    a_gem(tmp_path / "w" / "layer" / "ruby" / "gems" / "3.3.0", "layered")
    (tmp_path / "w" / "layer" / "ruby" / "lib").mkdir()
    (tmp_path / "w" / "layer" / "ruby" / "lib" / "of_layer.rb").write_text("")
    workspace = a_function(tmp_path / "w", TRIES)
    a_gem(workspace / "function" / "vendor" / "bundle" / "ruby" / "3.3.0", "vendored")
    there = ["layered", "of_layer", "vendored", "aws-sdk-s3", "aws-sdk-core", "jmespath", "rake", "minitest", "json", "bundler"]
    absent = ["on_machine", "aws-record", "aws-sdk-sqs"]
    tried = answer(await (await start(workspace)).invoke({"names": [*there, *absent]}))
    assert tried == {**dict.fromkeys(there, "found"), **{name: f"cannot load such file -- {name}" for name in absent}}


async def test_an_sdk_that_is_not_here_fails_in_rubys_words(
    start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEM_PATH", str(tmp_path / "nothing"))
    engine = await start(a_function(tmp_path / "w", "require 'aws-sdk-dynamodb'\n"))
    invocation = await engine.invoke()
    document = json.loads(invocation.payload)
    assert (document["errorType"], document["errorMessage"]) == ("Init<LoadError>", "cannot load such file -- aws-sdk-dynamodb")


async def test_variables_of_the_functions_own_win(start: StartEngine, tmp_path: Path) -> None:
    own = {"GEM_PATH": "/var/task/gems", "RUBYLIB": "/var/task/lib", "RUBYOPT": "-r/var/task/hook"}
    files = {"hook.rb": "HOOK = $PROGRAM_NAME\n", "lib/of_lib.rb": ""}
    code = TELLS.replace("{ variables:", "require 'of_lib'\n      { hook: HOOK, variables:")
    engine = await start(a_function(tmp_path / "w", code, files, environment=own))
    seen = answer(await engine.invoke())
    task = seen["cwd"]
    assert seen["hook"]
    led = {name: value.replace("/var/task", task) for name, value in own.items()}
    assert {name: seen["variables"][name] for name in own} == led
    assert seen["gem_path"] == [f"{task}/gems", seen["gem_home"]]
