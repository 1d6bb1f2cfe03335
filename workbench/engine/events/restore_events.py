"""What RESTORE publishes. Record shapes: Lambda guide, "Telemetry API event schema reference", `platform.restoreStart` and on."""

from __future__ import annotations

from typing import Any, Protocol

from workbench.engine.events.environment_events import EnvironmentEvents
from workbench.engine.events.facts import telemetry_error_type
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import RuntimePlan


class Restored(Protocol):
    """The environment that is restored."""

    @property
    def environment_id(self) -> str: ...  # noqa: D102 - said by its name
    @property
    def events(self) -> EnvironmentEvents: ...  # noqa: D102 - said by its name
    @property
    def function(self) -> FunctionConfiguration: ...  # noqa: D102 - said by its name
    @property
    def runtime_plan(self) -> RuntimePlan: ...  # noqa: D102 - said by its name


class RestoreEvents:
    """Publishes the beginning and the end of one RESTORE."""

    def __init__(self, restored: Restored) -> None:
        self._restored = restored
        self._publish = restored.events.publish_restore

    def started(self, at_ns: int) -> None:
        """Publish that RESTORE begins."""
        function = self._restored.function
        self._publish("platform.restoreStart", {
            "runtimeVersion": self._restored.runtime_plan.runs_on, "functionName": function.name,
            "functionVersion": function.version, "instanceId": self._restored.environment_id,
            "instanceMaxMemory": function.memory_mb * 1024 * 1024,
        }, at_ns)

    def ended(self, status: str, error_type: str, *, started_ns: int, ended_ns: int) -> None:
        """Publish that RESTORE ended: restoreRuntimeDone for the runtime's part, and restoreReport for the whole."""
        record: dict[str, Any] = {"status": status}
        if error_type:
            record["errorType"] = telemetry_error_type(error_type)
        self._publish("platform.restoreRuntimeDone", record, ended_ns)
        self._publish("platform.restoreReport", {**record, "metrics": {"durationMs": (ended_ns - started_ns) / 1e6}}, ended_ns)
