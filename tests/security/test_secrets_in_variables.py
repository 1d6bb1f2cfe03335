"""Values of environment variables may be secrets: nothing shows them but what they are for, and nothing logs them."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.support.api_clients import create, lambda_client, waited
from tests.support.commands import command_here
from tests.support.shared_engine import SharedEngine, shared_by_tests
from workbench.workspace.state_directory import state_directory

OF_TEMPLATE, OF_API, OF_OVERRIDE, OF_PARAMETER = SECRETS = ("canary-of-template", "canary-of-api", "canary-of-override",
                                                            "canary-of-parameter")
TEMPLATE = f"""
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Runtime: python3.13, Handler: app.handler, CodeUri: src}}}}
Parameters: {{Secret: {{Type: String, NoEcho: true, Default: {OF_PARAMETER}}}}}
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {{Environment: {{Variables: {{FIRST: {OF_TEMPLATE}, OTHER: !Ref Secret}}}}}}
  Large:
    Type: AWS::Serverless::Function
    Properties: {{Environment: {{Variables: {{FIRST: {OF_TEMPLATE}{"x" * 5000}}}}}}}
"""
HOMES = ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
CODE = "import os\ndef handler(event, context):\n    print(len(os.environ))\n    return len(os.environ['FIRST'])\n"


class Known(NamedTuple):
    engine: SharedEngine
    place: Path
    homes: dict[str, str]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    """An engine with secrets from everywhere, whose functions have run."""
    place = tmp_path_factory.mktemp("secrets")
    root = place / "workspace"
    (root / "src").mkdir(parents=True)
    (root / "src" / "app.py").write_text(CODE)
    (root / "template.yaml").write_text(TEMPLATE)
    with shared_by_tests(tmp_path_factory, root) as engine:
        with closing(lambda_client(engine.url)) as client:
            create(client, "made", Environment={"Variables": {"FIRST": OF_API}})
            client.update_function_configuration(FunctionName="Function", Environment={"Variables": {"FIRST": OF_OVERRIDE}})
            waited(client, "function_updated_v2", "Function")
            client.invoke(FunctionName="Function", Payload=b"{}")
        yield Known(engine, place, {name: os.environ[name] for name in HOMES})
        written = engine.process.stop()
    assert not [secret for secret in SECRETS if secret in written]


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_commands(known: Known, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("list", "--json"), ("overrides",), ("overrides", "--json"), ("api", "--json"), ("values",),
                      ("invoke", "Function", "--json"), ("invoke", "Large")):
        done = command_here(capsys, *arguments, "-w", str(known.engine.workspace))
        assert done.out + done.err
        assert leaks(done.out + done.err) == [], arguments


def test_an_export_is_its_owner_s_alone(known: Known, capsys: pytest.CaptureFixture[str]) -> None:
    file = known.place / "state.zip"
    done = command_here(capsys, "api", "export", str(file), "-w", str(known.engine.workspace))
    assert (done.status, leaks(done.out)) == (0, [])
    assert "may be secrets" in done.out
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def test_refusals(known: Known) -> None:
    for variables in ({"1bad": OF_API}, {"AWS_REGION": OF_API}, {"NUL": f"{OF_API}\0"}, OF_API, [OF_API], {"FIRST": [OF_API]},
                      {"FIRST": {"x": OF_API}}, {"FIRST": None, "SECOND": OF_API}):
        for function in ("made", "Function"):
            answer = put(known, function, json.dumps({"Environment": {"Variables": variables}}))
            assert answer.startswith("4"), answer
            assert leaks(answer) == []


def test_a_document_that_is_broken_after_the_value(known: Known) -> None:
    assert leaks(put(known, "made", f'{{"Environment":{{"Variables":{{"FIRST":"{OF_API}"')) == []


def test_a_function_of_the_template_whose_variables_are_too_large(known: Known) -> None:
    """Lambda repeats them to whoever sends them; here they come from the template."""
    answer = put(known, "Large", "{}", "POST", "invocations")
    assert "exceeded the 4KB limit. String measured: " in answer
    assert leaks(answer) == []
    # That is what it does to those who sent them. Source: recorded answers of the service.
    assert leaks(put(known, "made", json.dumps({"Environment": {"Variables": {"FIRST": OF_API + "x" * 5000}}}))) == [OF_API]


def test_nothing_keeps_them_but_the_registry_and_nobody_else_may_read_that(known: Known) -> None:
    found = {}
    for file in state_directory(known.engine.workspace).parent.rglob("*"):
        if file.is_file() and any(secret.encode() in file.read_bytes() for secret in SECRETS):
            found[file.name] = stat.S_IMODE(file.stat().st_mode) & 0o077
    assert set(found.values()) == {0}
    assert {name.partition(".")[0] for name in found} == {"registry"}
    kept = [file.name for file in (known.engine.workspace / ".workbench").rglob("*") if file.is_file() and any(
        secret.encode() in file.read_bytes() for secret in SECRETS)]
    assert kept == []


def test_no_command_line_has_them(known: Known) -> None:
    """Other users of the machine see those."""
    with closing(lambda_client(known.engine.url)) as client:
        client.invoke(FunctionName="Function", Payload=b"{}")
    runs = psutil.Process(known.engine.process.process.pid).children(recursive=True)
    assert runs
    assert leaks(" ".join(part for each in runs for part in each.cmdline())) == []


def put(known: Known, function: str, body: str, method: str = "PUT", what: str = "configuration") -> str:
    """The status, headers and body of an answer."""
    with closing(http.client.HTTPConnection(known.engine.url.removeprefix("http://"), timeout=30)) as connection:
        connection.request(method, f"/2015-03-31/functions/{function}/{what}", body)
        answer = connection.getresponse()
        return f"{answer.status} {answer.headers} {answer.read().decode()}"


@pytest.fixture(autouse=True)
def person(known: Known, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands are those of the person whose engine it is; no test leaves environments to the next."""
    for name, folder in known.homes.items():
        monkeypatch.setenv(name, folder)
    yield
    asyncio.run(known.engine.stop_environments())
