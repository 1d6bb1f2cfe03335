"""A record that AWS's runtime client writes is one event, whatever its lines, and of the request that wrote it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine, in_a_process, with_either_client
from tests.support.engines import EngineInTest
from tests.support.workspaces import NODE_RUNTIME, PYTHON_RUNTIME, WorkspaceBuilder, one_function
from workbench.model.function import SandboxKind

INVOCATIONS = 150
RECORDS, RECORD_BYTES = 12, 100_000
"""Together more than any pipe holds: a mebibyte."""

PYTHON = """
    import logging, os
    logger = logging.getLogger()
    def handler(event, context):
        print(f"{event}-before")
        logger.warning(f"{event}-first\\n  second")
        print(f"{event}-after")
        return sorted(name for name in os.environ if "TELEMETRY" in name)
"""
NODE_STREAM = f"""
    export const handler = async () => {{
      for (let i = 0; i < {RECORDS}; i++) process.stdout.write(`line ${{i}} ` + "x".repeat({RECORD_BYTES}) + "\\n");
      process.stderr.write("the last\\n");
    }};
"""
LINE_IN_PARTS = """
    import logging
    def handler(event, context):
        print("a line ", end="")
        logging.getLogger().warning("a record\\nof two lines")
        print("with an end")
"""
NODE = f"""
    export const handler = async () => {{
      process.stdout.write("begin\\n");
      for (let i = 0; i < {RECORDS}; i++) console.log(`record ${{i}}\\n` + "x".repeat({RECORD_BYTES}));
      return Object.keys(process.env).filter(name => name.includes("TELEMETRY"));
    }};
"""

TWO_LINES = "a record\nof two lines"
LEVELS = {
    "Python": ("app.py", """
        import logging
        def handler(event, context):
            for write in (logging.info, logging.warning, logging.error):
                write("a record\\nof two lines")
    """, PYTHON_RUNTIME),
    "Node": ("app.mjs", """
        export const handler = async () => {
          for (const write of [console.info, console.warn, console.error]) write("a record\\nof two lines");
        };
    """, NODE_RUNTIME),
}


async def test_every_record_belongs_to_its_request(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", PYTHON))
    for number in range(INVOCATIONS):
        invocation = await engine.invoke(number)
        lines = [line for line in invocation.log_lines() if line.startswith((f"{number}-", "[WARNING]"))]
        begin, record, end = lines
        assert (begin, end) == (f"{number}-before", f"{number}-after")
        assert record.startswith("[WARNING]\t")
        assert record.endswith(f"Z\t{invocation.request_id}\t{number}-first\n  second")
        assert len(invocation.log_lines()) == (7 if number == 0 else 6)
        assert invocation.payload == "[]", "the client hides where it writes"


RECORDS_OF_ALL_KINDS = """
    import logging
    log = logging.getLogger()
    def handler(event, context):
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception("first")
        print("printed after")
        log.error("two\\n\\n")
        log.handlers[0].setFormatter(None)
        log.error("no line end")
        log.error("no line end either\\r\\nbut two lines")
        context.log("from the context")
        print("end", flush=True)
"""
UNENCODABLE = """
    import logging
    def handler(event, context):
        if event == "record":
            logging.getLogger().error("bad %s", "\\udcff")
        elif event == "print":
            print("bad \\udcff")
        return "fine" if event == "fine" else "\\ud83d"
"""


@with_either_client
async def test_the_forms_of_records(start: StartEngine, sandbox: SandboxKind, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w").function("Kinds", {"app.py": RECORDS_OF_ALL_KINDS})
    builder.function("Parts", {"app.py": LINE_IN_PARTS}).function("Unencodable", {"app.py": UNENCODABLE})
    engine = await start(builder.write())
    await _a_record_is_one_event_however_it_ends(engine)
    await _a_line_goes_on_after_a_record(engine)
    await _what_is_no_unicode_fails_the_invocation(engine, sandbox)


async def _a_record_is_one_event_however_it_ends(engine: EngineInTest) -> None:
    lines = (await engine.invoke(function="Kinds")).log_lines()
    own = [line for line in lines if not line.startswith(("INIT_START", "START", "END", "REPORT"))]
    exception, *others = own
    assert exception.split("\n")[0].endswith("\tfirst")
    assert exception.endswith("ZeroDivisionError: division by zero")
    assert [line.split("\t")[-1] for line in others] == [
        "printed after", "two", "no line end", "no line end either\r\nbut two lines", "from the context", "end"]


async def _a_line_goes_on_after_a_record(engine: EngineInTest) -> None:
    for _ in range(2):
        lines = (await engine.invoke(function="Parts")).log_lines()
        record, line = [line for line in lines if "record" in line or "line" in line]
        assert (record.split("\t")[-1], line) == ("a record\nof two lines", "a line with an end")


async def _what_is_no_unicode_fails_the_invocation(engine: EngineInTest, sandbox: SandboxKind) -> None:
    """Standard output is as strict only with the locale of Lambda's older runtimes: in AWS's images, not in the tests' own."""
    for event in ("record", "print") if sandbox == "process" else ("record",):
        document = json.loads((await engine.invoke(event, "Unencodable")).payload)
        assert document["errorType"] == "UnicodeEncodeError", event
        assert "surrogates not allowed" in document["errorMessage"]
    assert (await engine.invoke("fine", "Unencodable")).payload == '"fine"'


@pytest.mark.node
async def test_no_record_is_lost_when_there_are_more_than_a_pipe_holds(start: StartEngine, tmp_path: Path) -> None:
    """Node.js writes standard output without waiting; what records are written to must not become like that."""
    builder = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.mjs": NODE}, runtime=NODE_RUNTIME)
    engine = await start(builder.write())
    for _ in range(2):
        invocation = await engine.invoke()
        assert json.loads(invocation.payload) == []
        records = [line for line in invocation.log_lines() if "\trecord " in line]
        assert [line.split("\trecord ")[1] for line in records] == [f"{i}\n" + "x" * RECORD_BYTES for i in range(RECORDS)]
        assert "begin" in invocation.log_lines()


@in_a_process
async def test_our_own_client_waits_for_a_stream_that_is_full(start: StartEngine, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.mjs": NODE_STREAM}, runtime=NODE_RUNTIME)
    engine = await start(builder.write())
    for _ in range(2):
        lines = (await engine.invoke()).log_lines()
        written = [line for line in lines if line.startswith("line ")]
        assert written == [f"line {i} " + "x" * RECORD_BYTES for i in range(RECORDS)]
        assert "the last" in lines


LOGGED = {"Python": ["WARNING", "ERROR"], "Node": ["INFO", "WARN", "ERROR"]}
"""Language -> the levels that are written as text; as JSON from WARN on, under the name of the level that LOGGED_JSON has."""
LOGGED_JSON = {"Python": ["WARNING", "ERROR"], "Node": ["WARN", "ERROR"]}


@pytest.mark.node
@with_either_client
async def test_records_of_every_level_are_one_event_each_and_none_below_the_functions_level(
    start: StartEngine, tmp_path: Path
) -> None:
    config = "LoggingConfig:\n  LogFormat: JSON\n  ApplicationLogLevel: WARN"
    builder = WorkspaceBuilder(tmp_path / "w")
    for name, (file, code, runtime) in LEVELS.items():
        builder.function(name, {file: code}, runtime=runtime)
        builder.function(f"{name}Json", {file: code}, runtime=runtime, properties=config)
    engine = await start(builder.write())
    for name, levels in LOGGED.items():
        records = [line for line in (await engine.invoke({}, name)).log_lines() if "a record" in line]
        assert all(record.endswith(f"\t{TWO_LINES}") for record in records)
        assert [level for level, record in zip(levels, records, strict=True) if level in record] == levels
    for name, levels in LOGGED_JSON.items():
        lines = (await engine.invoke({}, f"{name}Json")).log_lines()
        read = [json.loads(line) for line in lines if "a record" in line]
        assert [(record["level"], record["message"]) for record in read] == [(level, TWO_LINES) for level in levels]
