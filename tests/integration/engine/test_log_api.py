"""The log over HTTP, with a real engine and its client: what is refused, what ends, what a real function logs."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.support.descendants import children_that_run
from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.engine.logs.engine_log import MOST_SEARCHES, TOO_MANY
from workbench.model.failures import EngineError, ServiceError
from workbench.model.log_queries import LogFilter, SearchStep

CODE = {"app.py": """
    import logging, os, sys
    logging.getLogger().setLevel("INFO")
    def handler(event, context):
        logging.info("paid")
        logging.warning("low stock")
        if event.get("exit"):
            sys.stdout.flush()
            os._exit(1)
"""}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return WorkspaceBuilder(tmp_path / "app").function("Function", CODE).write()


async def steps_of(engine: EngineInTest, wanted: LogFilter) -> list[SearchStep]:
    """What a search says until all was looked through."""
    steps: list[SearchStep] = []
    async with contextlib.aclosing(engine.client.log.search(wanted)) as found:
        async for step in found:
            steps.append(step)
            if step.searched == 1 or step.problem:
                break
    return steps


async def test_what_a_function_logs_is_found_with_its_level(root: Path) -> None:
    async with engine_in_test(root) as engine:
        await engine.invoke()
        extent = await engine.client.log.extent()
        entries = await engine.client.log.page(extent.first, 100)
        assert [entry.text.split(" ")[0].split("\t")[0] for entry in entries] == [
            "INIT_START", "START", "[INFO]", "[WARNING]", "END"]
        assert [entry.level for entry in entries] == ["platform", "platform", "info", "warn", "platform"]
        (step,) = [step for step in await steps_of(engine, LogFilter(level="warn")) if step.found]
        assert step.found == [entries[3].seq]
        assert step.entries == [entries[3]]
        assert await engine.client.log.picked([entries[3].seq]) == [entries[3]]


async def test_a_process_that_ended_is_found_by_lambdas_words(root: Path) -> None:
    async with engine_in_test(root) as engine:
        await engine.invoke({"exit": True})
        (step,) = [step for step in await steps_of(engine, LogFilter(text="exited with error")) if step.found]
        assert "Runtime exited with error: exit status 1" in step.entries[0].text


async def test_wrong_questions_are_refused(root: Path) -> None:
    async with engine_in_test(root) as engine:
        for path in ("entries?place=x", "entries?numbers=1,x", "entries?limit=0", "file?form=xml", "file?level=loud",
                     "file?field=x", f"file?text={'a' * 1_001}", "search?level=loud"):
            with pytest.raises(ServiceError) as refused:
                await engine.client._raw("GET", f"/_workbench/log/{path}")
            assert (refused.value.status, refused.value.code) == (400, "InvalidParameterValueException"), path


async def test_a_faulty_expression_gives_no_file(root: Path) -> None:
    async with engine_in_test(root) as engine:
        with pytest.raises(EngineError, match="could not be read to its end"):
            async for _ in engine.client.log.file(LogFilter(text="(", is_regex=True), "text"):
                pass
        faulty = await steps_of(engine, LogFilter(text="(", is_regex=True))
        assert faulty[0].problem.startswith("The regular expression is invalid")


async def test_too_many_searches_at_a_time_are_told(root: Path) -> None:
    async with engine_in_test(root) as engine:
        searches = [engine.client.log.search(LogFilter(text="a")) for _ in range(MOST_SEARCHES + 1)]
        assert [(await anext(search)).problem for search in searches] == [*[""] * MOST_SEARCHES, TOO_MANY]
        for search in searches:
            await search.aclose()
        await until(lambda: engine.engine.log.searching == 0)
        assert (await steps_of(engine, LogFilter(text="a")))[-1].searched == 1


async def test_an_engine_that_ends_ends_its_searches(root: Path) -> None:
    async with engine_in_test(root) as engine:
        searching = engine.client.log.search(LogFilter(text="paid"))
        step = await anext(searching)
        while step.searched < 1:
            step = await anext(searching)
        rest = asyncio.ensure_future(anext(searching, None))
        await asyncio.sleep(0)
    assert await rest is None
    await searching.aclose()
    assert children_that_run("search_program") == []
