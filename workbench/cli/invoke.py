"""`workbench invoke`: uses the workspace's running engine, or starts one in this process for the duration of the command."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from workbench.cli.engine_parts import build_engine
from workbench.cli.event_argument import read_event, read_expected
from workbench.cli.function_argument import function_named
from workbench.cli.invocation_view import InvocationView
from workbench.cli.loop import run
from workbench.cli.notices import tell_notice
from workbench.cli.output import write_json
from workbench.cli.progress import told_progress
from workbench.client.api import EngineClient
from workbench.client.engine_process import attach
from workbench.gateway.server import Gateway
from workbench.model.engine_api import Connection, DoctorReport, TrustAnswer
from workbench.model.failures import InvalidInput, ServiceError, WorkspaceError
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.state.costs import Pricing
from workbench.state.expectations import Expectation, Verdict, judge, outcome_of, read_expectation
from workbench.state.invocation import Invocation, fold_invocation
from workbench.workspace.locating.options import Options
from workbench.workspace.price_file import load_prices
from workbench.workspace.state_directory import state_directory


class InvokeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the person asked for. `event`: a file, the name of an event in events/, a document, or -; see `read_event`."""

    function: str
    workspace: Path
    event: str = ""
    sandbox: SandboxKind | None = None
    cold: bool = False
    repeat: int = 1
    tenant_id: str = ""
    as_json: bool = False
    choices: Options = Options()
    trust: bool = False
    expect: bool = False


def run_invocations(options: InvokeOptions) -> int:
    """Invoke and print.

    Returns exit status 0 when all invocations succeeded, or answered as is expected if that is asked for; 1 otherwise.
    Raises WorkbenchError when one could not be run.
    """
    payload = read_event(options.event, options.workspace)
    expected = read_expectation(read_expected(options.event, options.workspace)) if options.expect else None
    return run(_run(options, payload, expected))


async def _run(options: InvokeOptions, payload: bytes, expected: Expectation | None) -> int:
    async with engine_of(options.workspace, options.choices) as client:
        functions = await client.refresh()
        # After the reading: what is trusted is what the functions bring now.
        if options.trust:
            await client.answer_trust(TrustAnswer(trusted=True))
        health = await client.health()
        function = function_named(options.function, functions)
        if function is None and health.workspace_problem:
            raise WorkspaceError(health.workspace_problem)
        name = function.name if function else options.function
        pricing = Pricing(load_prices(health.settings.region), functions)
        failures = 0
        for number in range(options.repeat):
            invocation = await invoke_once(client, name, payload, options, is_first=number == 0)
            invocation.cost = pricing.cost_of(invocation)
            verdict = verdict_of(invocation, expected) if expected is not None else None
            failures += invocation.status != "success" if verdict is None else not verdict.is_met
            show(invocation, options, function, verdict)
        return 1 if failures else 0


async def invoke_once(
    client: EngineClient, name: str, payload: bytes, options: InvokeOptions, *, is_first: bool
) -> Invocation:
    """Invoke once and return the invocation, folded from its events. Raises InvalidInput when it could not be run."""
    request_id = str(uuid.uuid4())
    async with told_progress(client, name, request_id):
        try:
            answer = await client.invoke(
                name, payload, sandbox=options.sandbox, cold=options.cold and is_first, request_id=request_id,
                tenant_id=options.tenant_id)
        except ServiceError as error:
            # A 5xx is a fault of this machine (no Docker, no interpreter), not Lambda's: an error code would only mislead.
            raise InvalidInput(error.message if error.status >= 500 else f"{error.code}: {error.message}", error.hint) from error
    invocation = fold_invocation(await client.invocation_events(answer.request_id), answer.request_id)
    invocation.payload = answer.payload.decode("utf-8", "replace")
    return invocation


def verdict_of(invocation: Invocation, expected: Expectation) -> Verdict:
    """Compare an invocation with what is expected."""
    return judge(expected, outcome_of(invocation, invocation.payload.encode("utf-8", "surrogatepass")))


def show(
    invocation: Invocation, options: InvokeOptions, function: FunctionConfiguration | None, verdict: Verdict | None = None
) -> None:
    """Print an invocation as JSON or as text, whichever the options ask for, and how its answer compares."""
    if options.as_json:
        compared = {} if verdict is None else {"expected": verdict.document()}
        write_json(msgspec.json.encode(invocation.document() | compared))
    else:
        InvocationView(invocation, function).print(verdict)


@contextlib.asynccontextmanager
async def engine_of(workspace: Path, choices: Options) -> AsyncIterator[EngineClient]:
    """A client of the workspace's running engine, or of one that lives for the block.

    A template or values given with the command always get an engine of their own, so that the running one is not affected.
    """
    directory = state_directory(workspace)
    running = await attach(directory) if choices.is_empty else None
    if running is not None:
        async with running:
            yield running
        return
    async with _own_engine(workspace, directory, choices) as client:
        yield client


@contextlib.asynccontextmanager
async def _own_engine(workspace: Path, directory: Path, choices: Options) -> AsyncIterator[EngineClient]:
    engine = build_engine(workspace, directory, choices)
    engine.keep_nothing_ahead()
    gateway = Gateway(engine, shut_down=lambda: None, examine=_nothing_examined)
    await gateway.start(0)
    # Never written to the connection file: other commands must not attach to an engine that is about to end. Hence no pid.
    connection = Connection(
        url=gateway.url, token=gateway.token, pid=0, engine_id=engine.engine_id, workspace=str(workspace)
    )
    try:
        await engine.start()
        gateway.admit()
        told = tell_notice(engine)
        async with EngineClient(connection) as client:
            yield client
        tell_notice(engine, told)
    finally:
        await gateway.close()
        await engine.close()


async def _nothing_examined() -> DoctorReport:
    return DoctorReport(version="", findings=())
