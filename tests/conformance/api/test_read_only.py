"""`workbench serve --read-only` refuses every change and answers everything else. No source: on AWS a policy would do it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tests.support.api_clients import ROLE, Refusal, lambda_client, refused, zipped
from tests.support.engines import served
from tests.support.workspaces import one_function

REFUSED = Refusal(403, "AccessDeniedException", {"message": "This engine was started with --read-only."})


def test_nothing_is_changed(tmp_path: Path) -> None:
    workspace = one_function(tmp_path, "def handler(event, context):\n    return 1\n")
    with served(workspace, "--sandbox", "process", "--read-only") as server, closing(lambda_client(server.url)) as client:
        assert refused(client.create_function, FunctionName="f", Runtime="python3.12", Role=ROLE, Handler="app.handler",
                       Code={"ZipFile": zipped()}) == REFUSED
        assert refused(client.publish_version, FunctionName="Function") == REFUSED
        assert refused(client.put_function_concurrency, FunctionName="Function", ReservedConcurrentExecutions=1) == REFUSED
        assert client.invoke(FunctionName="Function")["Payload"].read() == b"1"
        assert len(client.list_functions()["Functions"]) == 1
