"""What an engine tells of itself: its health, a build that takes long and can be canceled, a shell in an environment."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.support.descendants import children_that_run
from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.background import begin_awaited
from workbench.engine.journal.traffic import Traffic
from workbench.model.failures import ServiceError
from workbench.model.function import SandboxKind
from workbench.model.past_invocations import PastInvocationFilter
from workbench.model.vitals import LongWorkInfo

BUILT = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/, Handler: app.handler, Runtime: python3.11}
    Metadata: {BuildMethod: makefile}
"""
WHERE = {"app.py": """
    def handler(event, context):
        open("/tmp/left-by-the-function", "w").close()
"""}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return WorkspaceBuilder(tmp_path / "app").function("Function", WHERE).write()


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "template.yaml").write_text(BUILT)
    (tmp_path / "src" / "Makefile").write_text("build-Function:\n\tsleep 4711\n")
    return tmp_path


async def build_of(engine: EngineInTest) -> LongWorkInfo:
    async def is_listed() -> bool:
        return any("makefile" in work.text for work in (await engine.client.vitals.look()).long_work)

    while not await is_listed():  # noqa: ASYNC110  (the engine is asked, as the window asks it)
        await asyncio.sleep(0.02)
    (work,) = (await engine.client.vitals.look()).long_work
    return work


async def test_a_journal_that_moves_under_load_keeps_everything_and_counts_as_the_engines_memory(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Traffic, "is_much", True)
    async with engine_in_test(root) as engine:
        answers = [await engine.invoke() for _ in range(5)]
        page = await engine.client.history.invocations(PastInvocationFilter())
        (keeper,) = children_that_run("moved_program")
        both_mb = sum(each.memory_info().rss for each in (keeper, psutil.Process())) / 2**20
        assert (await engine.client.vitals.look()).memory_mb == pytest.approx(both_mb, rel=0.3)
    assert {each.request_id for each in page.invocations} >= {each.request_id for each in answers[:-1]}
    assert not keeper.is_running()


def sleeper_is_gone() -> bool:
    return not any("4711" in each.info["cmdline"] for each in psutil.process_iter(["cmdline"]) if each.info["cmdline"])


async def test_the_engines_health(root: Path) -> None:
    before_ms = time.time() * 1_000
    async with engine_in_test(root) as engine:
        await engine.invoke()
        vitals = await engine.client.vitals.look()
    assert before_ms - 1_000 <= vitals.started_ms <= time.time() * 1_000
    assert vitals.memory_mb == pytest.approx(psutil.Process(os.getpid()).memory_info().rss / 2**20, rel=0.3)
    assert 0 < vitals.journal_mb < vitals.journal_limit_mb == 1_024
    assert vitals.loop_lag_ms >= 0
    assert vitals.followers == 0
    assert vitals.long_work == ()


async def test_a_build_is_canceled_with_the_invocation_that_waits_for_it(slow: Path) -> None:
    async with engine_in_test(slow) as engine:
        invoking = begin_awaited("an invocation", engine.client.invoke("Function", b"{}", request_id=REQUEST_ID))
        work = await build_of(engine)
        assert (work.function_name, work.request_id, work.stage) == ("Function", REQUEST_ID, "dependencies")
        await engine.client.vitals.cancel_work(work.number)
        with pytest.raises(ServiceError, match="cancel"):
            await invoking
        assert (await engine.client.vitals.look()).long_work == ()
        with pytest.raises(ServiceError, match="Nothing with the number") as gone:
            await engine.client.vitals.cancel_work(work.number)
        assert gone.value.status == 404
        await until(sleeper_is_gone)


REQUEST_ID = "7d0f0b3a-6a1c-4f7e-9f57-0d1f4a3c2b11"


async def test_a_build_that_failed_runs_again_when_its_files_change_or_a_person_asks(slow: Path) -> None:
    """The window and `workbench invoke` have the workspace read first, other callers do not."""
    makefile = slow / "src" / "Makefile"
    makefile.write_text("build-Function:\n\techo no such thing >&2; exit 1\n")

    async def told(*, refresh: bool = False) -> str:
        with pytest.raises(ServiceError, match="no such thing") as failed:
            await engine.client.invoke("Function", b"{}", refresh=refresh)
        return failed.value.hint

    async with engine_in_test(slow) as engine:
        assert "runs again" not in await told()
        assert "it runs again when what it is made from changes, or when you invoke in the window" in await told()
        assert "runs again" not in await told(refresh=True)
        await engine.client.refresh()
        assert "runs again" not in await told()
        makefile.write_text(makefile.read_text() + "\n")
        assert "runs again" not in await told()


async def test_a_build_that_no_invocation_waits_for_is_canceled(slow: Path) -> None:
    async with engine_in_test(slow) as engine:
        preparing = begin_awaited("a preparation", engine.selector.prepare_quietly(
            engine.engine.functions.all()[0], "process"))
        work = await build_of(engine)
        assert work.request_id == ""
        await engine.client.vitals.cancel_work(work.number)
        with pytest.raises(Exception, match="The preparation of Function was canceled"):
            await preparing
        await until(sleeper_is_gone)


@pytest.mark.parametrize("sandbox", ["isolated", "process"])
async def test_the_shell_command_leads_to_the_function(root: Path, sandbox: SandboxKind) -> None:
    """The process sandbox has no place of its own, so its command goes to the code; the isolated one has the function's /tmp."""
    async with engine_in_test(root, sandbox=sandbox) as engine:
        await engine.invoke(sandbox=sandbox)
        (environment,) = await engine.client.environments()
        assert environment.version == "$LATEST"
        assert environment.created_ms == pytest.approx(time.time() * 1_000, abs=60_000)
        line, typed = environment.shell_command, "pwd; ls /tmp; id -u\n"
        command = line if sandbox == "isolated" else f"{line} && sh"
        said = await asyncio.to_thread(
            subprocess.run, ["sh", "-c", command], input=typed, capture_output=True, text=True, check=True, timeout=60)
    folder, *rest = said.stdout.split()
    if sandbox == "process":
        assert Path(folder).is_relative_to(root)
        return
    assert folder == "/var/task"
    assert rest[0] == "left-by-the-function"
    assert rest[-1] == ("993" if os.geteuid() == 0 else str(os.geteuid()))
