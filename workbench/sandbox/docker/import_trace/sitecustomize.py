"""Runs in a container before AWS's runtime client: notes when the handler's module is imported, and what that imports.

Python imports a module of this name at every start, from the first folder of its path that has one; `init_trace` puts this
folder first. What it adds to variables and path is taken away here, so that the function finds both as they would be without,
and the function's or the image's own sitecustomize gets its turn. Python 3.8 and later, nothing imported that is not there
already. Kept short: the folder is read-only in the container, so this is compiled at every start.
"""

import os
import sys
from _thread import get_ident
from time import monotonic_ns

TYPE_CHECKING = False  # `typing` itself takes milliseconds to import
if TYPE_CHECKING:
    from typing import Any

STARTED_NS = monotonic_ns()
SHORTEST_NS = 100_000
"""Imports below this are part of their importer's own time and not reported."""
HERE = os.path.dirname(__file__)


def watch(module: str, report: str) -> None:
    """Note the first import of `module` on this thread and all below it; then write that to the file `report` and stop.

    Every import that is not served from sys.modules is made while the import machinery holds the module's lock. The manager of
    that lock has returned when the module's code runs, so tracebacks do not show this watch.
    """
    machinery: Any = sys.modules["_frozen_importlib"]
    manager = machinery._ModuleLockManager
    home = get_ident()
    open_imports: list[list[Any]] = []
    records: list[list[Any]] = []

    class _ModuleLockManager(manager):  # type: ignore[misc, valid-type]
        def __enter__(self) -> None:
            started = monotonic_ns()
            manager.__enter__(self)
            if (open_imports or self._name == module) and get_ident() == home:
                importer = open_imports[-1][1] if open_imports else -1
                open_imports.append([self, len(records), 0])
                records.append([self._name, importer, started, 0, 0])

        def __exit__(self, *error: object) -> None:
            manager.__exit__(self, *error)
            if not open_imports or open_imports[-1][0] is not self:
                return
            _, index, nested = open_imports.pop()
            took = monotonic_ns() - records[index][2]
            records[index][3:] = took, took - nested
            if not open_imports:
                machinery._ModuleLockManager = manager
                write(report, records)
                return
            open_imports[-1][2] += took
            if took < SHORTEST_NS:  # so were all it imported: it is the last record
                del records[index:]

    machinery._ModuleLockManager = _ModuleLockManager


def write(report: str, records: "list[list[Any]]") -> None:
    """In one piece, as our own runtime clients tell it in their header; without a place to write it, not at all."""
    try:
        from _json import encode_basestring_ascii as quoted  # the runtime client has imported it

        begun, took = records[0][2:4]
        rows = ",".join([f"[{quoted(name)},{','.join(map(str, numbers))}]" for name, *numbers in records])
        spans = f'"runtimeInit":[{STARTED_NS},{begun}],"functionInit":[{begun},{begun + took}]'
        with open(report, "wb", 0) as file:
            file.write(f'{{{spans},"imports":[{rows}]}}'.encode())
    except (OSError, ImportError):
        pass


def leave_no_trace() -> None:
    """Give PYTHONPATH and sys.path back what they were without this folder."""
    first, _, rest = os.environ.get("PYTHONPATH", "").partition(os.pathsep)
    if first == HERE and rest:
        os.environ["PYTHONPATH"] = rest
    elif first == HERE:
        del os.environ["PYTHONPATH"]
    sys.path[:] = [entry for entry in sys.path if entry != HERE]
    sys.path_importer_cache.pop(HERE, None)
    del sys.modules["sitecustomize"]


leave_no_trace()
watch(os.environ.get("_HANDLER", "").rpartition(".")[0].replace("/", "."), os.path.join(HERE, "report"))
import sitecustomize  # type: ignore  # noqa: E402, F401 (the next one; there being none is for `site` to take, as ever)
