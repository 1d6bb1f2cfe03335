"""Lambda Workbench. For programs: `workbench.Engine` runs the functions of a folder, see docs/testing.md.

What is named here is imported when it is first used, because every part of the program imports this package. It imports nothing
itself: under `python -m workbench`, modules of the current folder, perhaps a clone's, would still be found.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from workbench.embedding.engine import Engine
    from workbench.embedding.options import EngineOptions
    from workbench.embedding.results import InvocationResult
    from workbench.model.failures import ServiceError, WorkbenchError
else:
    _PLACES = {
        "Engine": "workbench.embedding.engine", "EngineOptions": "workbench.embedding.options",
        "InvocationResult": "workbench.embedding.results", "ServiceError": "workbench.model.failures",
        "WorkbenchError": "workbench.model.failures",
    }

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        return getattr(importlib.import_module(_PLACES[name]), name)


__all__ = ["Engine", "EngineOptions", "InvocationResult", "ServiceError", "WorkbenchError"]
