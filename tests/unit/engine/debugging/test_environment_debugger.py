from functools import partial

from workbench.debugging.launch import DebuggerPlan
from workbench.engine.clock import Clock
from workbench.engine.debugging.environment_debugger import EnvironmentDebugger, with_room
from workbench.engine.debugging.session import DebugSession
from workbench.engine.debugging.time_limits import TimeLimits
from workbench.model.engine_api import DebuggerState
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.sockets import connect_to

PLAN = DebuggerPlan(language="python", sandbox="process", folder="/folder", version="3.12")


class Story:
    """A session and all that it told."""

    def __init__(self) -> None:
        self.states: list[DebuggerState] = []
        self.released: list[EnvironmentDebugger] = []
        self.session = DebugSession(
            "Function", "python", "process", lambda _, state, __: self.states.append(state),
            lambda _, environment: self.released.append(environment))

    def environment(self) -> EnvironmentDebugger:
        made = EnvironmentDebugger(self.session, PLAN, "e1", TimeLimits(Clock()))
        made.variables({})
        return made

    def running(self) -> EnvironmentDebugger:
        made = self.environment()
        made.starting()
        made.started(partial(connect_to, "127.0.0.1"))
        return made


async def test_limits_stand_still_until_a_debugger_is_attached_and_while_the_function_stands() -> None:
    story = Story()
    environment = story.running()
    held = [environment.limits.are_held]
    for attached, stopped in ((False, False), (True, False), (True, True), (True, False), (True, True), (False, False)):
        story.session.debugger_told("ide", environment, attached=attached, stopped=stopped)
        held.append(environment.limits.are_held)
    assert held == [True, True, False, True, False, True, False]
    assert story.states == ["waiting", "attached", "stopped", "running", "stopped", "detached"]


async def test_two_debuggers_of_one_function_stand_together() -> None:
    story = Story()
    environment = story.running()
    for who in ("one", "two"):
        story.session.debugger_told(who, environment, attached=True, stopped=True)
    story.session.debugger_told("one", environment, attached=False, stopped=False)
    assert environment.limits.are_held
    story.session.debugger_told("two", environment, attached=True, stopped=False)
    assert not environment.limits.are_held
    assert story.states == ["waiting", "attached", "stopped", "running"]


async def test_a_debugger_that_did_not_start_does_not_stop_time_for_ever() -> None:
    environment = Story().running()
    environment.initialized()
    assert not environment.limits.are_held


async def test_the_end_of_a_runtime_ends_its_wait_and_the_next_one_has_a_port() -> None:
    story = Story()
    environment = story.running()
    environment.ended()
    assert (environment.limits.are_held, story.session.current) == (False, None)
    environment.variables({})
    assert environment.port


async def test_debugging_switched_off_releases_what_waits_and_what_will_wait_in_a_moment() -> None:
    story = Story()
    waiting, created = story.running(), story.environment()
    story.session.end()
    assert story.released == [waiting]
    created.starting()
    created.started(partial(connect_to, "127.0.0.1"))
    assert story.released == [waiting, created]


async def test_an_environment_that_is_made_again_after_that_has_no_debugger() -> None:
    story = Story()
    environment = story.running()
    environment.ended()
    story.session.end()
    assert environment.variables({"A": "b"}) == {"A": "b"}
    environment.starting()
    environment.started(partial(connect_to, "127.0.0.1"))
    assert (environment.limits.are_held, story.released) == (False, [])


def test_a_debugged_function_has_room_for_its_debugger() -> None:
    function = FunctionConfiguration(name="F", logical_id="F", runtime="python3.12", handler="a.b", code_path="/", memory_mb=128)
    assert with_room(function).memory_mb == 128 + 1769
