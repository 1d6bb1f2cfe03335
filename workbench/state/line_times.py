"""What a cold start spent on the lines of a Python handler's file: on its imports, and on the code that runs between them.

Only imports are measured. What ran between two of them took the time from the end of the one to the beginning of the other, so
that several statements there have one figure together.
"""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from workbench.state.icicle import nested
from workbench.state.startup import Startup

SHOWN_FROM_MS = 1.0
_LONGEST_SOURCE = 60_000
"""In characters, some 1,500 lines. Python reads a file in one piece: meanwhile no thread gets its turn, for 40 ms here."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)
"""What has statements in it. Expressions have none, and may go deeper than Python's stack."""
_IMPORTS = (ast.Import, ast.ImportFrom)


class LineTime(NamedTuple):
    """What some lines took, counted from 1. `names` are the modules that they import; none for other code.

    `has_loading`: with the reading and compiling of the file itself, which comes before its first line.
    """

    first: int
    last: int
    duration_ms: float
    names: tuple[str, ...] = ()
    has_loading: bool = False


class _Span(NamedTuple):
    """Some lines, and from when to when they ran, in epoch milliseconds."""

    first: int
    last: int
    start_ms: float
    end_ms: float
    time: LineTime | None = None


def line_times(source: str, startup: Startup, module: str) -> list[LineTime]:
    """Return what took a millisecond or more, in the order of the lines; nothing of what was not measured.

    Takes up to some frames: call it on a thread. `module` is the handler's module as Python names it. Imports in functions do not
    count: they run at an invocation.
    """
    tree = _parsed(source) if startup.imports else None
    if tree is None:
        return []
    times = nested(startup.imports)
    home = next((place for place, each in enumerate(startup.imports) if each.module == module), -1)
    own = [(each.module, times[place]) for place, each in enumerate(startup.imports) if each.parent == home]
    imports = list(_imports(tree, module, own))
    found = [span.time for span in imports if span.time is not None]
    if home >= 0:
        found += _between(tree, imports, *times[home])
    return sorted(each for each in found if each.duration_ms >= SHOWN_FROM_MS)


def handler_module(handler: str) -> str:
    """Return the module of a handler as Python names it: `orders/app.handler` is in `orders.app`."""
    return handler.rpartition(".")[0].replace("/", ".")


def _parsed(source: str) -> ast.Module | None:
    if len(source) > _LONGEST_SOURCE:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imports(tree: ast.Module, module: str, own: Sequence[tuple[str, tuple[float, float]]]) -> Iterator[_Span]:
    """Yield the import statements that loaded something, each with what it took. A module is loaded once."""
    left = dict(reversed(own))
    for statement in _import_statements(tree.body):
        loaded = [(name, left.pop(name)) for name in _names(statement, module) if name in left]
        if loaded:
            took_ms = sum(end_ms - start_ms for _, (start_ms, end_ms) in loaded)
            first, last = statement.lineno, statement.end_lineno or statement.lineno
            time = LineTime(first, last, took_ms, tuple(name for name, _ in loaded))
            yield _Span(first, last, min(start for _, (start, _) in loaded), max(end for _, (_, end) in loaded), time)


def _import_statements(body: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in body:
        if isinstance(node, _IMPORTS):
            yield node
        elif isinstance(node, _BLOCKS) and not isinstance(node, _FUNCTIONS):
            yield from _import_statements(ast.iter_child_nodes(node))


def _names(statement: ast.Import | ast.ImportFrom, module: str) -> Iterator[str]:
    """Yield the modules that a statement may load. `from a import b` loads `a`, and `a.b` where that is a module."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
        return
    package = module.split(".")[:-statement.level] if statement.level else []
    base = ".".join([*package, *filter(None, [statement.module])])
    yield base
    yield from (f"{base}.{alias.name}" for alias in statement.names)


def _between(tree: ast.Module, imports: Sequence[_Span], start_ms: float, end_ms: float) -> Iterator[LineTime]:
    """Yield what ran before, between and after the imports."""
    before = _Span(0, 0, start_ms, start_ms)
    after = _Span(_last_line(tree) + 1, 0, end_ms, end_ms)
    working = [each for each in tree.body if _does_something(each)]
    for one, other in zip([before, *imports], [*imports, after], strict=True):
        ran = working[bisect_right(working, one.last, key=_first_line):bisect_left(working, other.first, key=_first_line)]
        if ran:
            last = ran[-1].end_lineno or ran[-1].lineno
            yield LineTime(ran[0].lineno, last, other.start_ms - one.end_ms, has_loading=one is before)


def _does_something(statement: ast.stmt) -> bool:
    """Whether a statement at the top of a file may take time: to define a function takes none, nor does a docstring."""
    if isinstance(statement, _FUNCTIONS):
        return bool(statement.decorator_list)
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return not is_text and not isinstance(statement, _IMPORTS)


def _first_line(statement: ast.stmt) -> int:
    return statement.lineno


def _last_line(tree: ast.Module) -> int:
    return max((each.end_lineno or each.lineno for each in tree.body), default=0)
