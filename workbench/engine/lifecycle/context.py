"""What all parts of one execution environment share."""

from __future__ import annotations

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.credentials.of_environment import EnvironmentCredentials
from workbench.engine.debugging.time_limits import TimeLimits
from workbench.engine.events.environment_events import EnvironmentEvents
from workbench.model.function import FunctionConfiguration, InitializationType
from workbench.sandbox.protocol import RuntimePlan


class EnvironmentContext(msgspec.Struct, frozen=True, kw_only=True):
    """Made once, with the environment.

    `function` is the configuration as its callers know it, without the memory that is added while it is debugged. `tenant_id` is
    whose requests alone it serves, "" for a function without tenants. `holds_snapshot`: it serves no requests, but others are
    restored from it.
    """

    environment_id: str
    function: FunctionConfiguration
    region: str
    runtime_plan: RuntimePlan
    initialization_type: InitializationType
    clock: Clock
    events: EnvironmentEvents
    limits: TimeLimits
    credentials: EnvironmentCredentials
    tenant_id: str = ""
    holds_snapshot: bool = False
