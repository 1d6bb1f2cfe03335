"""What is configured about functions outlives the engine: it is on disk before it is acknowledged."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.api_clients import ACCOUNT, REGION, create, lambda_client, plain
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder
from workbench.cli.engine_parts import build_engine
from workbench.workspace.state_directory import state_directory

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
RUNTIME = f"arn:aws:lambda:{REGION}::runtime:{'0' * 64}"


def configure(client: Any, name: str) -> None:
    client.tag_resource(Resource=f"{ARN}:{name}", Tags={"team": "shop"})
    client.add_permission(FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                          SourceAccount=ACCOUNT, SourceArn="arn:aws:s3:::bucket")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=7)
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={
        "OnFailure": {"Destination": "arn:aws:s3:::bucket"}})
    client.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    client.put_runtime_management_config(FunctionName=name, UpdateRuntimeOn="Manual", RuntimeVersionArn=RUNTIME)


def shown(client: Any, name: str) -> list[dict[str, Any]]:
    function = client.get_function(FunctionName=name)
    calls = (client.get_policy, client.get_function_concurrency, client.get_function_event_invoke_config,
             client.get_function_recursion_config, client.get_runtime_management_config)
    return [plain(client.list_tags(Resource=f"{ARN}:{name}")), function["Tags"], function["Concurrency"],
            *(plain(call(FunctionName=name)) for call in calls), plain(client.get_account_settings())["AccountLimit"]]


def kept_of(workspace: Path, name: str) -> list[tuple[str, str]]:
    """What is on disk of a function: kinds and keys of records."""
    with closing(sqlite3.connect(state_directory(workspace) / "lambda" / "registry.sqlite")) as database:
        rows = database.execute("SELECT kind, key FROM records").fetchall()
    return [(kind, key) for kind, key in rows if name in key.split("\x1f")]


async def one_invocation_provisions_nothing(workspace: Path) -> None:
    """The engine of `workbench invoke` ends after one invocation, and does not wait for environments that nobody will use."""
    engine = build_engine(workspace, state_directory(workspace))
    engine.keep_nothing_ahead()
    try:
        await engine.start()
        (version,) = engine.resources.provisioned.wanted()
        assert (version.name, version.version, engine.provisioned.status(version).requested) == ("made", "1", 0)
    finally:
        await engine.close()


def until_ready(client: Any, name: str) -> None:
    deadline = time.monotonic() + 30
    while client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="1")["Status"] != "READY":
        assert time.monotonic() < deadline


def test_configuration_outlives_the_engine(tmp_path: Path) -> None:
    """Of functions of both sources. Provisioned environments are made anew by the next engine, without being asked."""
    workspace = WorkspaceBuilder(tmp_path)
    workspace.function("FromTemplate", {"app.py": "def handler(event, context):\n    return 'template'\n"})
    folder = workspace.write()
    with served(folder, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        create(client, "made", Publish=True)
        for name in ("made", "FromTemplate"):
            configure(client, name)
        client.put_provisioned_concurrency_config(FunctionName="made", Qualifier="1", ProvisionedConcurrentExecutions=1)
        until_ready(client, "made")
        before = [shown(client, name) for name in ("made", "FromTemplate")]
    asyncio.run(one_invocation_provisions_nothing(folder))
    with served(folder, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        assert [shown(client, name) for name in ("made", "FromTemplate")] == before
        until_ready(client, "made")
        client.delete_function(FunctionName="made")
        assert kept_of(folder, "made") == []
        create(client, "made")
        assert plain(client.list_tags(Resource=f"{ARN}:made")) == {"Tags": {}}, "what belonged to a function went with it"
        assert plain(client.get_function_concurrency(FunctionName="made")) == {}
        assert plain(client.list_function_event_invoke_configs(FunctionName="made")) == {"FunctionEventInvokeConfigs": []}
        assert plain(client.list_provisioned_concurrency_configs(FunctionName="made")) == {"ProvisionedConcurrencyConfigs": []}
        assert plain(client.get_function_recursion_config(FunctionName="made")) == {"RecursiveLoop": "Terminate"}
        assert plain(client.get_runtime_management_config(FunctionName="made"))["UpdateRuntimeOn"] == "Auto"
