"""What a person allows one function in the isolated sandbox: refused, explained, allowed, withdrawn."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.support.engines import EngineInTest, engine_in_test
from tests.support.workspaces import NODE_RUNTIME, PYTHON_RUNTIME, WorkspaceBuilder
from workbench.model.allowances import Allowance
from workbench.model.failures import SandboxError, ServiceError
from workbench.model.refusals import Refusal
from workbench.sandbox.isolated.namespace_sockets import NamespaceSockets
from workbench.sandbox.isolated.network_namespace import NetworkNamespace
from workbench.state.explanations import explain
from workbench.state.invocation import Invocation
from workbench.workspace.kept_allowances import KeptAllowances
from workbench.workspace.state_directory import state_directory

CODE = {"app.py": """
    import ctypes, os, socket
    def handler(event, context):
        if "read" in event:
            with open(event["read"]) as file:
                return file.read()
        if "write" in event:
            with open(event["write"], "w") as file:
                file.write("x")
        if "call" in event:
            host, port = event["call"]
            try:
                with socket.create_connection((host, port), timeout=5) as connection:
                    return connection.recv(100).decode()
            except ConnectionRefusedError as error:
                raise ConnectionError(f"connection to {host}:{port} failed: {error}") from error
        if "mount" in event:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()) + " (mount)")
        if "resolve" in event:
            return socket.getaddrinfo(event["resolve"], 80)
"""}


NODE_CODE = {"app.js": """
    const fs = require("fs"), http = require("http"), net = require("net");
    exports.handler = async (event) => {
      if (event.read) return fs.readFileSync(event.read, "utf8");
      if (event.fetch) return await (await fetch(event.fetch)).text();
      return await new Promise((resolve, reject) => {
        const socket = net.connect(event.port, event.host, () => { socket.destroy(); resolve("connected"); });
        socket.on("error", reject);
      });
    };
"""}


@pytest.fixture
async def listening() -> AsyncIterator[int]:
    """The port of a program of this machine that greets."""
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[EngineInTest]:
    builder = WorkspaceBuilder(tmp_path / "app").function("Function", CODE, runtime=PYTHON_RUNTIME)
    root = builder.function("Other", CODE, runtime=PYTHON_RUNTIME).write()
    async with engine_in_test(root, sandbox="isolated") as engine:
        skip_without(engine)
        yield engine


def skip_without(engine: EngineInTest) -> None:
    if not any(status.kind == "isolated" and status.available for status in engine.engine.sandboxes):
        pytest.skip("There is no isolated sandbox here.")


def refused(invocation: Invocation) -> Refusal:
    assert invocation.status == "error"
    assert invocation.refusal is not None
    return invocation.refusal


async def test_a_folder_is_refused_allowed_and_withdrawn_for_one_function(running: EngineInTest, data: Path) -> None:
    event = {"read": str(data / "data.csv")}
    other = await running.invoke({}, function="Other")
    first = await running.invoke(event)
    refusal = refused(first)
    assert first.error()["errorType"] == "FileNotFoundError"  # as on Lambda
    assert (refusal.kind, refusal.what, refusal.folder) == ("path", str(data / "data.csv"), str(data))
    assert "none of your files" in explain(first)
    assert refusal.cure is not None
    await running.client.allow("Function", refusal.cure)
    allowed = await running.invoke(event)
    assert allowed.status == "success"
    assert allowed.payload == '"a;b"'
    assert allowed.start == "cold"
    assert (await running.invoke({}, function="Other")).environment_id == other.environment_id
    assert refused(await running.invoke(event, function="Other")).folder == str(data)
    assert refused(await running.invoke({"write": str(data / "data.csv")})).is_allowed  # for reading alone
    await running.client.allow("Function", Allowance())
    assert refused(await running.invoke(event)).kind == "path"
    assert await running.client.allowed() == {}


async def test_an_address_is_refused_allowed_and_withdrawn(running: EngineInTest, listening: int) -> None:
    event = {"call": ["127.0.0.1", listening]}
    refusal = refused(await running.invoke(event))
    assert (refusal.kind, refusal.address) == ("address", f"127.0.0.1:{listening}")
    assert refusal.cure is not None
    assert await running.client.allow("Function", Allowance(addresses=(f"localhost:{listening}",))) == refusal.cure
    assert (await running.invoke(event)).payload == '"hello"'
    await running.client.allow("Function", Allowance())
    assert refused(await running.invoke(event)).kind == "address"


async def test_an_address_that_can_not_be_led_inside_is_told(
    running: EngineInTest, listening: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = NamespaceSockets.listen

    async def taken(sockets: NamespaceSockets, place: int | NetworkNamespace, host: str, port: int) -> socket.socket:
        if port == listening:
            raise SandboxError(f"{host}:{port} cannot be had in the environment's network: Address already in use.")
        return await listen(sockets, place, host, port)

    monkeypatch.setattr(NamespaceSockets, "listen", taken)
    await running.client.allow("Function", Allowance(addresses=(f"localhost:{listening}",)))
    assert (await running.invoke({})).status == "success"
    assert await notices(running) == [
        f"The function does not reach 127.0.0.1:{listening} of this machine. 127.0.0.1:{listening} cannot be had in the "
        "environment's network: Address already in use. Let the service listen at another port, or run the function in Docker or "
        "as a process."]


async def test_an_allowed_service_that_does_not_run_is_told(running: EngineInTest, unused_tcp_port: int) -> None:
    await running.client.allow("Function", Allowance(addresses=(f"localhost:{unused_tcp_port}",)))
    invocation = await running.invoke({"call": ["127.0.0.1", unused_tcp_port]})
    refusal = refused(invocation)
    assert (refusal.what, refusal.is_allowed, refusal.cure) == (f"127.0.0.1:{unused_tcp_port}", True, None)
    assert f"127.0.0.1:{unused_tcp_port} on this machine, but nothing listens there" in explain(invocation)


async def test_a_function_without_network(running: EngineInTest) -> None:
    """Its Runtime API keeps its port, a name that is not found is explained, and as a process it has one all the same."""
    for network in (True, False):
        await running.client.allow("Function", Allowance(addresses=("localhost:9001",), network=network))
        assert (await running.invoke({})).status == "success"
    assert any("At 127.0.0.1:9001 the function has its Runtime API" in text for text in await notices(running))
    await running.client.allow("Function", Allowance(network=False))
    invocation = await running.invoke({"resolve": "example.com"})
    assert refused(invocation).cure == Allowance(network=True)
    assert "no network" in explain(invocation)
    await running.client.change_settings(msgspec.structs.replace(running.engine.settings.in_force, sandbox="process"))
    invocation = await running.invoke({})
    told = "The network of Function is switched off, but as a process it has one: the isolated sandbox alone has none."
    assert told in await notices(running)
    assert invocation.startup is not None
    assert told in invocation.startup.not_enforced


async def notices(running: EngineInTest) -> list[str]:
    progress = [event.fields() for event in await running.client.events() if event.type == "sandbox.progress"]
    return [record["text"] for record in progress if record["stage"] == "notice"]


async def test_node_says_it_in_its_own_words(data: Path, listening: int, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "app")
    options = {"runtime": NODE_RUNTIME, "environment": {"API": f"http://localhost:{listening}/v1"}}
    root = builder.function("Function", NODE_CODE, **options).write()  # type: ignore[arg-type]
    async with engine_in_test(root, sandbox="isolated") as engine:
        skip_without(engine)
        path = refused(await engine.invoke({"read": str(data / "data.csv")}))
        assert path.cure == Allowance(folders=(str(data),))
        for event in ({"port": listening, "host": "127.0.0.1"}, {"port": listening, "host": "localhost"},
                      {"fetch": f"http://localhost:{listening}/"}):
            address = refused(await engine.invoke(event))
            assert address.cure == Allowance(addresses=(f"127.0.0.1:{listening}",)), event
        await engine.client.allow("Function", Allowance(folders=(str(data),), addresses=(f"127.0.0.1:{listening}",)))
        assert (await engine.invoke({"read": str(data / "data.csv")})).payload == '"a;b"'
        assert (await engine.invoke({"port": listening, "host": "127.0.0.1"})).payload == '"connected"'


async def test_what_is_no_refusal_and_what_nothing_cures(
    running: EngineInTest, data: Path, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody listens and no file is there; a system call, as on Lambda; the folder of the engine's keys."""
    assert (await running.invoke({"call": ["127.0.0.1", unused_tcp_port]})).refusal is None
    assert (await running.invoke({"read": "/var/tmp/is-not-there.csv"})).refusal is None
    assert (await running.invoke({"read": "/var/task/is-not-there.csv"})).refusal is None
    invocation = await running.invoke({"mount": 1})
    refusal = refused(invocation)
    assert (refusal.kind, refusal.what, refusal.cure) == ("systemCall", "mount", None)
    assert "nor is it on Lambda" in explain(invocation)
    monkeypatch.setenv("WORKBENCH_STATE_HOME", str(data / "state"))
    refusal = refused(await running.invoke({"read": str(data)}))
    assert (refusal.what, refusal.cure) == (str(data), None)


async def test_the_network_of_the_workspace_is_that_of_functions_of_which_nothing_was_said(running: EngineInTest) -> None:
    await running.client.allow("*", Allowance(network=False))
    for function in ("Function", "Other"):
        assert refused(await running.invoke({"resolve": "example.com"}, function=function)).kind == "network"
    await running.client.allow("Other", Allowance(network=True))
    assert (await running.invoke({"resolve": "127.0.0.1"}, function="Other")).status == "success"
    assert await running.client.allowed() == {"*": Allowance(network=False), "Other": Allowance()}
    again = KeptAllowances(state_directory(running.engine.root)).read()
    assert again == {"*": Allowance(network=False), "Other": Allowance()}
    with pytest.raises(ServiceError):
        await running.client.allow("*", Allowance(folders=("/srv",), network=False))
    await running.client.allow("*", Allowance())
    assert await running.client.allowed() == {}


NEVER_ALLOWED = [
    Allowance(folders=("/",)), Allowance(folders=("/etc",)), Allowance(folders=("/var",)), Allowance(folders=("relative",)),
    Allowance(folders=("/srv/../etc",)), Allowance(folders=("/proc/1/root",)), Allowance(addresses=("10.0.0.1:80",)),
    Allowance(addresses=("localhost:0",)), Allowance(addresses=("localhost",)),
]


async def test_what_can_not_be_allowed_is_refused(running: EngineInTest, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for allowance in NEVER_ALLOWED:
        with pytest.raises(ServiceError) as caught:
            await running.client.allow("Function", allowance)
        assert caught.value.status == 400, allowance
    monkeypatch.setenv("WORKBENCH_STATE_HOME", str(data / "state"))
    with pytest.raises(ServiceError, match="Lambda Workbench's own keys"):
        await running.client.allow("Function", Allowance(folders=(str(data),)))
    (data / "link").symlink_to("/etc")
    with pytest.raises(ServiceError, match="belongs to Lambda"):
        await running.client.allow("Function", Allowance(folders=(str(data / "link"),)))
