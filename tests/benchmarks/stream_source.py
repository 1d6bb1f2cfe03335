"""A real engine whose stream is fed with made-up invocations: what a window has to keep up with. Run as its own process.

    python -m tests.benchmarks.stream_source WORKSPACE INVOCATIONS_PER_S LINES_PER_INVOCATION SECONDS

Writes `ready` when it serves, starts at the first line on standard input, prints how many events it published, and ends when
standard input is closed.
"""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from pathlib import Path

from tests.support.event_builders import EventStream
from workbench.cli.engine_parts import build_engine
from workbench.cli.loop import run
from workbench.cli.serve import own_connection
from workbench.client.engine_process import connection_file
from workbench.engine.service import Engine
from workbench.gateway.server import Gateway
from workbench.model.engine_api import DoctorReport
from workbench.workspace.state_directory import state_directory

ENVIRONMENTS = 50
TICK_S = 0.005


class Storm:
    """Publishes invocations at a steady rate, spread over some environments, as the engine's environments would."""

    def __init__(self, engine: Engine, lines: int) -> None:
        self._engine = engine
        self._lines = tuple(f"line {number} of some forty characters of text" for number in range(lines))
        self._environments = [uuid.uuid4().hex for _ in range(ENVIRONMENTS)]
        self.published = 0

    def start_environments(self) -> None:
        """All environments, ready for invocations."""
        for environment_id in self._environments:
            stream = EventStream("Function")
            stream.now_ms = time.time() * 1000 - 250
            stream.create(environment_id, 1.0, 2.0)
            stream.init(environment_id)
            self._publish(stream)

    def invoke(self, number: int) -> None:
        """One warm invocation from assignment to report; every twentieth fails."""
        stream = EventStream("Function")
        stream.now_ms = time.time() * 1000
        request_id, environment_id = str(uuid.uuid4()), self._environments[number % ENVIRONMENTS]
        stream.assign(request_id, environment_id, "warm")
        if number % 20:
            stream.invoke(request_id, environment_id, duration_ms=3.0, lines=self._lines)
        else:
            payload = '{"errorMessage":"boom","errorType":"ValueError"}'
            stream.fail(request_id, environment_id, payload, error_type="ValueError", lines=self._lines)
        self._publish(stream)

    def _publish(self, stream: EventStream) -> None:
        now_ns, now_ms = time.monotonic_ns(), time.time() * 1000
        for event in stream.events:
            self._engine.events.publish(
                event.type, event.record, function_name=event.function_name, environment_id=event.environment_id,
                request_id=event.request_id, at_ns=now_ns + int((event.time_ms - now_ms) * 1e6),
            )
        self.published += len(stream.events)


async def blow(storm: Storm, rate: int, seconds: float) -> float:
    """`rate` invocations a second for some seconds; the rate that was reached."""
    storm.start_environments()
    began_s, number = time.perf_counter(), 0
    while (passed_s := time.perf_counter() - began_s) < seconds:
        due = int(passed_s * rate)
        for each in range(number, due):
            storm.invoke(each)
        number = due
        await asyncio.sleep(TICK_S)
    return number / seconds


async def serve(workspace: Path, rate: int, lines: int, seconds: float) -> None:
    directory = state_directory(workspace)
    engine = build_engine(workspace, directory)
    gateway = Gateway(engine, shut_down=lambda: None, examine=_no_report)
    await gateway.start(0)
    await engine.start()
    gateway.admit()
    connection_file(directory).write(own_connection(engine, gateway))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    storm = Storm(engine, lines)
    reached = await blow(storm, rate, seconds)
    print(f"{storm.published} events published, {reached:.0f} invocations/s", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await gateway.close()
    await engine.close()


async def _no_report() -> DoctorReport:
    return DoctorReport(version="benchmark", findings=())


def main() -> None:
    workspace, rate, lines, seconds = sys.argv[1:]
    run(serve(Path(workspace), int(rate), int(lines), float(seconds)))


if __name__ == "__main__":
    main()
