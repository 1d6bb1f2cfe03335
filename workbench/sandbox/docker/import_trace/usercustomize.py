"""Runs in a container before AWS's runtime client: records when the handler's module is imported, and what it imports.

It also makes semaphores fail as on Lambda, even if the image's C library reports another error.

Python imports a module of this name at every start, after everything else, from the folder for the user's own packages;
`init_trace` makes that folder ours. All changes to variables and path are undone here, so that the function finds both as
without us, and a usercustomize of the function or the image gets its turn. For Python 3.8 and later; imports nothing that is
not loaded already. Kept short, because it is compiled at every start unless there is byte code for this Python.
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
"""Shorter imports are not reported; they are part of their importer's own time."""


def watch(module: str, report: str) -> None:
    """Record the first import of `module` on this thread and all imports below it, write them to the file `report`, and stop.

    Every import that is not served from sys.modules happens while the import machinery holds the module's lock. The lock's
    manager has returned by the time the module's code runs, so this watch does not show in tracebacks.
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
            if get_ident() == home:
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
            if took < SHORTEST_NS:  # all it imported was shorter and is gone already: it is the last record
                del records[index:]

    def wait_for(name: str) -> object:  # the only cost for the client's own imports
        if name != module or get_ident() != home:
            return manager(name)
        machinery._ModuleLockManager = _ModuleLockManager
        return _ModuleLockManager(name)

    machinery._ModuleLockManager = wait_for


def write(report: str, records: "list[list[Any]]") -> None:
    """Write the report at once, in the form of our own runtime clients' header; if that fails, there is none."""
    try:
        from _json import encode_basestring_ascii as quoted  # the runtime client has imported it

        begun, took = records[0][2:4]
        rows = ",".join([f"[{quoted(name)},{','.join(map(str, numbers))}]" for name, *numbers in records])
        spans = f'"runtimeInit":[{STARTED_NS},{begun}],"functionInit":[{begun},{begun + took}]'
        file = os.open(report, os.O_WRONLY)
        os.write(file, f'{{{spans},"imports":[{rows}]}}'.encode())
        os.close(file)
    except (OSError, ImportError):
        pass


def leave_no_trace() -> str:
    """Restore variables and path as they would be without us, perhaps with a real user folder. Returns our folder."""
    base, here = os.environ.pop("PYTHONUSERBASE"), os.path.dirname(__file__)
    del sys.modules["usercustomize"]
    site: Any = sys.modules["site"]
    place = sys.path.index(here)
    behind = sys.path[place + 1:]
    del sys.path[place:]
    sys.path_importer_cache.pop(here, None)
    site.USER_BASE = site.USER_SITE = None
    if os.path.isdir(site.getusersitepackages()):
        site.addsitedir(site.USER_SITE)
    sys.path += behind
    if "sitecustomize" in sys.modules:  # without HOME, `site` imports pwd to look for the user's folder, before this one
        sys.modules["sitecustomize"] = sys.modules.pop("sitecustomize")
    return base


def say_not_implemented() -> None:
    """Make semaphores fail with the error of Lambda's runtimes: without /dev/shm, their C library says ENOSYS.

    A newer C library says that the folder is missing. Source: reports of `multiprocessing` on Lambda.
    """
    loader: Any = sys.modules["_frozen_importlib_external"].ExtensionFileLoader
    run = loader.exec_module

    def exec_module(self: object, module: "Any") -> None:
        run(self, module)
        if module.__name__ != "_multiprocessing":
            return
        loader.exec_module = run

        class SemLock(module.SemLock):  # type: ignore[misc]
            def __new__(cls, *arguments: object, **named: object) -> "Any":
                try:
                    return super().__new__(cls, *arguments, **named)
                except FileNotFoundError:
                    raise OSError(38, os.strerror(38)) from None

        module.SemLock = SemLock

    loader.exec_module = exec_module


if not os.path.exists("/dev/shm"):  # noqa: S108
    say_not_implemented()
watch(os.environ.get("_HANDLER", "").rpartition(".")[0].replace("/", "."), os.path.join(leave_no_trace(), "report"))
import usercustomize  # type: ignore  # noqa: E402, F401 (the next one; there being none is for `site` to take, as ever)
