"""Debugging as an IDE does it: real debuggers' protocols against real runtimes, in every sandbox."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import psutil
import pytest

from tests.contract.conftest import StartEngine, in_a_process, with_either_client
from tests.support.cdp_client import cdp_client, inspected
from tests.support.dap_client import dap_client
from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.model.engine_api import DebuggedFunction
from workbench.model.failures import ServiceError, WorkbenchError
from workbench.state.invocation import Invocation

PYTHON = """\
    START = 40
    LIMIT = START + 2
    def handler(event, context):
        total = LIMIT + event["add"]
        return {"total": total, "left_ms": context.get_remaining_time_in_millis()}
"""


async def mappings(debugged: DebuggedFunction) -> list[dict[str, str]]:
    return [{"localRoot": debugged.local_root, "remoteRoot": debugged.remote_root}]


async def held_for_more_than_its_limits(engine: EngineInTest) -> None:
    """Returns when the loop's clock has passed all limits of one second, all of them standing still."""
    limits = [environment.context.limits for environment in engine.pool]
    assert limits
    assert all(each.are_held for each in limits)
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(1.3, passed.set)
    await passed.wait()


async def test_python_breakpoints_in_the_module_and_the_handler(start: StartEngine, tmp_path: Path) -> None:
    root = one_function(tmp_path, PYTHON, timeout_s=1)
    engine = await start(root)
    debugged = await engine.client.debugging.start("Function")
    assert (debugged.language, debugged.attached) == ("python", False)
    async with dap_client(debugged.port) as ide:  # before there is anything to attach to
        invoking = asyncio.create_task(engine.invoke({"add": 5}))
        await ide.attach(await mappings(debugged), {root / "function" / "app.py": [2, 5]})
        thread, stack = await ide.stopped()
        assert stack[0]["line"] == 2
        assert stack[0]["source"]["path"] == str(root / "function" / "app.py")
        await ide.request("continue", {"threadId": thread})
        thread, stack = await ide.stopped(2)
        assert stack[0]["line"] == 5
        assert (await ide.variables(stack[0]))["total"] == "47"
        assert [each.stopped for each in await engine.client.debugging.debugged()] == [True]
        await held_for_more_than_its_limits(engine)
        assert not invoking.done()
        await ide.request("continue", {"threadId": thread})
        invocation = await invoking
        assert (invocation.status, invocation.is_debugged) == ("success", True)
        assert '"total": 47' in invocation.payload
        assert invocation.report is not None
        await ide.request("disconnect", {"terminateDebuggee": True})
    assert (await engine.invoke({"add": 1})).status == "success"  # the disconnect has not ended the environment
    await engine.client.debugging.stop("Function")
    assert await engine.client.debugging.debugged() == []
    assert not (await engine.invoke({"add": 1})).is_debugged


NODE = """\
    const limit = 40 + 2;
    exports.handler = async (event) => {
      const total = limit + event.add;
      const ours = Object.keys(process.env).filter((name) => /WORKBENCH/.test(name));
      return { total, options: process.env.NODE_OPTIONS ?? null, ours };
    };
"""


async def test_node_breakpoints_in_the_module_and_the_handler(start: StartEngine, tmp_path: Path) -> None:
    root = WorkspaceBuilder(tmp_path).function(
        "Function", {"index.js": NODE}, runtime="nodejs20.x", handler="index.handler", timeout_s=1).write()
    engine = await start(root)
    debugged = await engine.client.debugging.start("Function")
    assert (debugged.language, debugged.attached) == ("nodejs", False)
    listing = asyncio.create_task(inspected(debugged.port))  # before there is anything to attach to
    invoking = asyncio.create_task(engine.invoke({"add": 5}))
    url = (await listing)[0]["webSocketDebuggerUrl"]
    assert url.startswith(f"ws://127.0.0.1:{debugged.port}/")
    async with cdp_client(url) as ide:
        await ide.attach({r"index\.js$": [1, 4]})
        stop = await ide.event("Debugger.paused")
        assert stop["callFrames"][0]["location"]["lineNumber"] == 0
        await ide.send("Debugger.resume")
        stop = await ide.event("Debugger.paused", 2)
        assert await ide.evaluate(stop["callFrames"][0], "total") == 47
        assert [each.stopped for each in await engine.client.debugging.debugged()] == [True]
        await held_for_more_than_its_limits(engine)
        assert not invoking.done()
        await ide.send("Debugger.resume")
        invocation = await invoking
        assert invocation.status == "success"
        assert msgspec.json.decode(invocation.payload) == {"total": 47, "options": None, "ours": []}
        assert invocation.report is not None
    assert (await engine.invoke({"add": 1})).status == "success"


WAITING = """\
    import os, threading
    print("module loaded")
    def handler(event, context):
        seen = [name for name in os.environ if "WORKBENCH" in name or name.startswith(("PYDEVD", "PYTHONUSER"))]
        return {"seen": seen, "path": [entry for entry in __import__("sys").path if "debug" in entry or "packages/" in entry]}
"""


async def states(engine: EngineInTest) -> list[str]:
    """The function's story as the stream tells it."""
    return [event.fields()["state"] for event in await engine.client.events() if event.type == "sandbox.debugger"]


async def is_waiting(engine: EngineInTest) -> bool:
    return all(each.waiting for each in await engine.client.debugging.debugged())


async def test_an_environment_waits_before_its_module_as_long_as_nobody_attaches(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path, WAITING, timeout_s=1))
    debugged = await engine.client.debugging.start("Function")
    invoking = asyncio.create_task(engine.invoke())
    await until(lambda: is_waiting(engine), 30)
    await held_for_more_than_its_limits(engine)
    assert not [event for event in await engine.client.events() if event.type == "function"]
    async with dap_client(debugged.port) as ide:
        await ide.attach()
        invocation = await invoking
        assert msgspec.json.decode(invocation.payload) == {"seen": [], "path": []}
        assert not any(environment.context.limits.are_held for environment in engine.pool)
        await ide.request("disconnect")
    await until(lambda: no_longer_attached(engine), 30)
    assert await states(engine) == ["listening", "waiting", "attached", "detached"]


async def no_longer_attached(engine: EngineInTest) -> bool:
    return not any(each.attached for each in await engine.client.debugging.debugged())


@in_a_process
async def test_debugging_switched_off_lets_a_waiting_environment_go(start: StartEngine, tmp_path: Path) -> None:
    root = (WorkspaceBuilder(tmp_path).function("Function", {"app.py": WAITING})
            .function("Other", {"index.js": NODE}, runtime="nodejs20.x", handler="index.handler").write())
    engine = await start(root)
    for name in ("Function", "Other"):
        port = (await engine.client.debugging.start(name)).port
        invoking = asyncio.create_task(engine.invoke({"add": 1}, name))
        await until(lambda: is_waiting(engine), 30)
        await engine.client.debugging.stop(name)
        assert (await invoking).status == "success"
        await until(lambda: not list(engine.pool), 30)  # its environment was retired
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", port)
        assert (await engine.invoke({"add": 1}, name)).status == "success"  # one without a debugger
        await engine.client.stop_environments()
        assert (await states(engine))[-2:] == ["waiting", "off"]


@in_a_process
async def test_a_debugger_that_is_lost_while_the_function_stands_lets_it_go_on(start: StartEngine, tmp_path: Path) -> None:
    root = one_function(tmp_path, PYTHON)
    engine = await start(root)
    debugged = await engine.client.debugging.start("Function")
    async with dap_client(debugged.port) as ide:
        invoking = asyncio.create_task(engine.invoke({"add": 1}))
        await ide.attach(await mappings(debugged), {root / "function" / "app.py": [5]})
        await ide.stopped()
        ide.vanish()
        assert (await invoking).status == "success"
    assert (await engine.invoke({"add": 1})).status == "success"  # its breakpoints are gone with it
    async with dap_client(debugged.port) as ide:  # and another one can come
        await ide.attach(await mappings(debugged), {root / "function" / "app.py": [5]})
        invoking = asyncio.create_task(engine.invoke({"add": 1}))
        await ide.stopped()
        await engine.client.debugging.stop("Function")  # so does debugging that is switched off
        assert (await invoking).status == "success"
        await ide.over()


@in_a_process
async def test_a_lost_debugger_of_node_lets_the_function_go_on(start: StartEngine, tmp_path: Path) -> None:
    root = WorkspaceBuilder(tmp_path).function(
        "Function", {"index.js": NODE}, runtime="nodejs20.x", handler="index.handler").write()
    engine = await start(root)
    debugged = await engine.client.debugging.start("Function")
    invoking = asyncio.create_task(engine.invoke({"add": 5}))
    url = (await inspected(debugged.port))[0]["webSocketDebuggerUrl"]
    async with cdp_client(url) as ide:
        await ide.attach({r"index\.js$": [4]})
        await ide.event("Debugger.paused")
        ide.vanish()
        assert (await invoking).status == "success"
    await until(lambda: no_longer_attached(engine), 30)
    assert (await states(engine))[-2:] == ["stopped", "detached"]


@with_either_client
async def test_a_reset_keeps_the_port_and_waits_again(start: StartEngine, tmp_path: Path) -> None:
    code = "import os\ndef handler(event, context):\n    if event: os._exit(3)\n    return 1\n"
    root = one_function(tmp_path, code)
    engine = await start(root)
    debugged = await engine.client.debugging.start("Function")
    async with dap_client(debugged.port) as ide:
        invoking = asyncio.create_task(engine.invoke({"end": True}))
        await ide.attach()
        assert (await invoking).error_type == "Runtime.ExitError"
        await ide.event("terminated")
        await ide.over()
    invoking = asyncio.create_task(engine.invoke())
    async with dap_client(debugged.port) as ide:
        await ide.attach(await mappings(debugged), {root / "function" / "app.py": [4]})
        thread, _ = await ide.stopped()
        await ide.request("continue", {"threadId": thread})
        assert (await invoking).payload == "1"


@in_a_process
async def test_two_functions_at_once_and_invocations_in_turn(start: StartEngine, tmp_path: Path) -> None:
    root = (WorkspaceBuilder(tmp_path).function("First", {"app.py": PYTHON}).function("Second", {"app.py": PYTHON}).write())
    engine = await start(root)
    ports = [(await engine.client.debugging.start(name)).port for name in ("First", "Second")]
    first, second = await engine.client.debugging.debugged()
    assert ports == [first.port, second.port]
    async with dap_client(first.port) as one, dap_client(second.port) as other:
        invoking = [asyncio.create_task(engine.invoke({"add": 1}, name)) for name in ("First", "Second", "First")]
        await asyncio.gather(one.attach(await mappings(first), {root / "first" / "app.py": [5]}),
                             other.attach(await mappings(second), {root / "second" / "app.py": [5]}))
        thread, _ = await one.stopped()
        others_thread, _ = await other.stopped()
        assert [each.stopped for each in await engine.client.debugging.debugged()] == [True, True]
        assert len(list(engine.pool)) == 2  # the third invocation waits for its turn
        await other.request("continue", {"threadId": others_thread})
        assert (await invoking[1]).status == "success"
        assert not invoking[0].done()
        await one.request("continue", {"threadId": thread})
        thread, _ = await one.stopped(2)
        await one.request("continue", {"threadId": thread})
        assert [(await each).status for each in invoking] == ["success"] * 3


@in_a_process
async def test_a_second_debugger_does_not_push_the_first_one_out(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path, WAITING))
    debugged = await engine.client.debugging.start("Function")
    async with dap_client(debugged.port) as ide:
        invoking = asyncio.create_task(engine.invoke())
        await ide.attach()
        await invoking
        async with dap_client(debugged.port) as second:
            await second.over()
        assert (await ide.request("threads"))["threads"]


@in_a_process
async def test_a_forked_child_does_not_stand_at_a_breakpoint(start: StartEngine, tmp_path: Path) -> None:
    code = """\
        import os
        def work():
            return 7
        def handler(event, context):
            child = os.fork()
            if child == 0:
                os._exit(work())
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    """
    root = one_function(tmp_path, code)
    engine = await start(root)
    debugged = await engine.client.debugging.start("Function")
    async with dap_client(debugged.port) as ide:
        invoking = asyncio.create_task(engine.invoke())
        await ide.attach(await mappings(debugged), {root / "function" / "app.py": [3]})
        assert (await invoking).payload == "7"


async def test_what_can_not_be_debugged_is_refused(tmp_path: Path) -> None:
    root = (WorkspaceBuilder(tmp_path).function("Function", {"index.js": NODE}, runtime="nodejs20.x", handler="index.handler")
            .function("Custom", {"bootstrap": "#!/bin/sh\n"}, runtime="provided.al2023").write())
    async with engine_in_test(root) as engine:
        with pytest.raises(ServiceError, match=r"Custom cannot be debugged: .* not for provided\.al2023"):
            await engine.client.debugging.start("Custom")
        with pytest.raises(ServiceError, match=r"Function not found: arn:.*:function:Nothing"):
            await engine.client.debugging.start("Nothing")
        port = (await engine.client.debugging.start("Function")).port
        assert (await engine.client.debugging.start("Function", port=port)).port == port
        with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ServiceError, match="cannot be listened for"):
            await engine.client.debugging.start("Function", port=taken.getsockname()[1])


async def test_an_engine_ends_with_functions_that_wait_and_one_that_stands(tmp_path: Path) -> None:
    root = (WorkspaceBuilder(tmp_path).function("First", {"app.py": PYTHON})
            .function("Other", {"index.js": NODE}, runtime="nodejs20.x", handler="index.handler")
            .function("Second", {"app.py": PYTHON}).write())
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(engine_in_test(root))
        first, _, second = [await engine.client.debugging.start(name) for name in ("First", "Other", "Second")]
        ide = await stack.enter_async_context(dap_client(first.port))
        invoking = [asyncio.create_task(engine.invoke({"add": 1}, name)) for name in ("First", "Other", "Second")]
        await ide.attach(await mappings(first), {root / "first" / "app.py": [5]})
        await ide.stopped()
        await until(lambda: others_wait(engine), 30)
        runtimes = [child for child in psutil.Process().children(recursive=True) if child.is_running()]
    answers = await asyncio.gather(*invoking, return_exceptions=True)
    assert not [answer for answer in answers if not isinstance(answer, WorkbenchError | Invocation)]
    assert not [child for child in runtimes if child.is_running() and "bootstrap" in " ".join(child.cmdline())]
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", second.port)


async def others_wait(engine: EngineInTest) -> bool:
    return [each.waiting for each in await engine.client.debugging.debugged()] == [False, True, True]


async def test_provisioned_environments_make_room_for_the_one_that_is_debugged(tmp_path: Path) -> None:
    root = one_function(tmp_path, PYTHON)
    async with engine_in_test(root) as engine:
        engine.engine.provisioned.put("Function", 2)
        await until(lambda: engine.engine.provisioned.describe("Function").available == 2, 30)
        debugged = await engine.client.debugging.start("Function")
        invoking = asyncio.create_task(engine.invoke({"add": 5}))
        async with dap_client(debugged.port) as ide:
            await ide.attach(await mappings(debugged), {root / "function" / "app.py": [5]})
            thread, _ = await ide.stopped()
            assert [environment.is_provisioned for environment in engine.pool] == [False]
            await ide.request("continue", {"threadId": thread})
            assert (await invoking).status == "success"
            await engine.client.debugging.stop("Function")
        await until(lambda: engine.engine.provisioned.describe("Function").available == 2, 30)


@in_a_process
async def test_breakpoints_are_set_in_the_workspace_and_hit_in_the_built_package(start: StartEngine, tmp_path: Path) -> None:
    files = {"app.py": PYTHON, "requirements.txt": "inflection==0.5.1\n"}
    root = WorkspaceBuilder(tmp_path).function("Function", files).write()
    engine = await start(root)
    debugged = await engine.client.debugging.start("Function")
    assert debugged.local_root == str(root / "function")
    assert debugged.remote_root != debugged.local_root
    async with dap_client(debugged.port) as ide:
        invoking = asyncio.create_task(engine.invoke({"add": 1}))
        await ide.attach(await mappings(debugged), {root / "function" / "app.py": [5]})
        thread, stack = await ide.stopped()
        assert stack[0]["source"]["path"] == str(root / "function" / "app.py")
        await ide.request("continue", {"threadId": thread})
        assert (await invoking).status == "success"


async def test_debugpy_that_can_not_be_had_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "UV_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull,
                        "UV_OFFLINE": "1"}.items():
        monkeypatch.setenv(name, value)
    async with engine_in_test(one_function(tmp_path / "app", PYTHON)) as engine:
        with pytest.raises(ServiceError, match=r"could not install what requirements\.txt lists for the debugger of Function"):
            await engine.client.debugging.start("Function")
        assert await engine.client.debugging.debugged() == []
        assert (await engine.invoke({"add": 1})).status == "success"


async def test_a_function_that_gets_another_language_is_debugged_no_more(tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path)
    builder.function("Function", {"app.py": "", "index.js": NODE}, runtime="nodejs20.x", handler="index.handler")
    template = builder.write() / "template.yaml"
    async with engine_in_test(tmp_path) as engine:
        await engine.client.debugging.start("Function")
        template.write_text(template.read_text().replace("nodejs20.x", "python3.11").replace("index.handler", "app.handler"))
        (tmp_path / "function" / "app.py").write_text("def handler(event, context): return 1\n")
        await engine.client.refresh()
        assert (await engine.invoke()).payload == "1"
        assert await engine.client.debugging.debugged() == []
        assert (await states(engine))[-1] == "off"


@in_a_process
async def test_breakpoints_of_a_folder_that_is_not_used_in_place(start: StartEngine, tmp_path: Path) -> None:
    root = one_function(tmp_path, "def handler(event, context):\n    seen = 42\n    return seen\n")
    (root / "function" / ".git").mkdir()
    engine = await start(root)
    debugged = await engine.client.debugging.start("Function")
    assert debugged.local_root == str(root / "function")
    async with dap_client(debugged.port) as ide:
        invoking = asyncio.create_task(engine.invoke())
        await ide.attach(await mappings(debugged), {root / "function" / "app.py": [3]})
        thread, stack = await ide.stopped()
        assert (stack[0]["source"]["path"], stack[0]["line"]) == (str(root / "function" / "app.py"), 3)
        await ide.request("continue", {"threadId": thread})
        assert (await invoking).payload == "42"
