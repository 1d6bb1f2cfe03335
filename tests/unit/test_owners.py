"""Whatever runs by itself is begun by `workbench.background`, which hears of its failure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import workbench

PACKAGE = Path(workbench.__file__).parent
BEGINNERS = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe", "Thread", "Timer", "submit"})
OWNERS = {
    "background.py": "the owner itself",
    "gui/application/tasks.py": "the window's owner, which shows failures in the window",
}
OTHER_PROGRAMS = ("runtimes/bootstraps/",)
"""They run in the function's process, on its own standard library."""


def begun(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each call that begins something whose failure nobody may hear of.

    `.submit(…).result()` is waited for at once. `shield` makes a task of a coroutine, and not of a task that is there already.
    """
    if not any(name in source for name in (*BEGINNERS, "shield")):
        return
    tree = ast.parse(source)
    waited = {id(node.func.value) for node in ast.walk(tree) if isinstance(node, ast.Call)
              and isinstance(node.func, ast.Attribute) and node.func.attr == "result"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or id(node) in waited:
            continue
        name = _callee(node)
        begins = name in BEGINNERS and not (name == "submit" and isinstance(node.func, ast.Name))
        if begins or (name == "shield" and _is_coroutine(node.args[0])):
            yield node.lineno, name


def _is_coroutine(shielded: ast.expr) -> bool:
    return isinstance(shielded, ast.Call) and _callee(shielded) not in ("begin_awaited", "wait")


def _callee(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_nothing_is_begun_without_an_owner() -> None:
    files = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    found = [f"{name}:{line} {what}" for name, path in sorted(files.items())
             if name not in OWNERS and not name.startswith(OTHER_PROGRAMS)
             for line, what in begun(path.read_text("utf-8"))]
    assert found == [], "begin it with workbench.background"


@pytest.mark.parametrize(("source", "found"), [
    ("asyncio.create_task(work())", ["create_task"]),
    ("self.task = loop.create_task(work())", ["create_task"]),
    ("asyncio.ensure_future(work())", ["ensure_future"]),
    ("threading.Thread(target=work).start()", ["Thread"]),
    ("self.pool.submit(work)", ["submit"]),
    ("self.pool.submit(work).result()", []),
    ("submit(self.pool, 'Writing', work)", []),
    ("begin('Writing', work())", []),
    ("await asyncio.shield(work())", ["shield"]),
    ("await asyncio.shield(self.task)", []),
    ("await asyncio.to_thread(work)", []),
])
def test_what_counts_as_begun(source: str, found: list[str]) -> None:
    parsed = f"async def test():\n    {source}"
    assert [name for _, name in begun(parsed)] == found
