"""A cold start in the process sandbox through the HTTP API, in Python and Node.js.

Floors of the same run: the interpreter starting and exiting, and AWS's own client under the same interpreter from spawn to its
first `next` and to its first answer. What lies between floor and engine: an HTTP round trip, a listener, a spawn from the
engine, twelve events, and INIT as our runtime client does it.

Learned: Python takes about a third of the time of AWS's client. Node.js up to 22 rejects its embedded code cache under flags of
the engine such as --max-old-space-size, which Lambda gives: loading `net` costs 7 ms instead of 2. The bootstrap lifts the flags
while it loads built-in modules; AWS's client, started with them as on Lambda, takes 12 ms of CPU more than without. The thread
for hooks that lets `import` find layers and the SDK takes 63 ms of CPU under those flags and 38 without (Node.js 20);
three clients of the SDK then take 0.25 s by themselves, most of it compiling and looking for exports, on Lambda too. What
the engine does around INIT is some 2 ms: it notes the process for whoever cleans up after a crash while the runtime starts, and
removes the environment before it afterwards. Floors need a bare environment: a machine's own .pth files or NODE_EXTRA_CA_CERTS
can cost more than all that is measured here.

AWS's client for Node.js compiles native code on installation: it is measured where the conformance tests have installed it.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.engine_calls import EngineCalls
from tests.benchmarks.measures import in_turns, show
from tests.support.engines import served
from tests.support.nodes import CACHE
from tests.support.runtime_api_server import Posted, RuntimeApiServer, ScriptedEvent, event, lambda_environment
from tests.support.workspaces import NODE_RUNTIME, WorkspaceBuilder
from workbench.runtimes.node_flags import node_flags

ROUNDS = 25
PYTHON = "def handler(event, context):\n    return {'hello': event.get('name')}\n"
NODE = "exports.handler = async (event) => ({ hello: event.name });\n"
AWS_PACKAGES = ("awslambdaric", "runtime_client", "snapshot_restore_py", "simplejson")


class StampingServer(RuntimeApiServer):
    """Keeps when the client first asked for an event, and when it first answered (perf_counter seconds)."""

    def __init__(self) -> None:
        super().__init__([event({})])
        self.first_next_s = 0.0
        self.first_post_s = 0.0
        self.answered = threading.Event()

    def next_event(self, headers: dict[str, str]) -> tuple[ScriptedEvent, str] | None:
        self.first_next_s = self.first_next_s or time.perf_counter()
        return super().next_event(headers)

    def keep(self, post: Posted) -> int:
        self.first_post_s = self.first_post_s or time.perf_counter()
        self.answered.set()
        return super().keep(post)


class AwsClient:
    """AWS's client, started anew for each measurement. `first_next_ms` is of the latest one."""

    def __init__(self, command: Sequence[str], folder: Path, extra: dict[str, str]) -> None:
        self._command = command
        self._folder = folder
        self._extra = extra
        self.first_next_ms: list[float] = []

    def answer(self) -> float:
        """Milliseconds from spawn to the first answer."""
        server = StampingServer()
        with server:
            environment = {**lambda_environment(self._folder), **self._extra, "AWS_LAMBDA_RUNTIME_API": server.address}
            begin_s = time.perf_counter()
            process = subprocess.Popen(self._command, cwd=self._folder, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                assert server.answered.wait(30), "AWS's client did not answer"
            finally:
                process.kill()
                process.wait()
        self.first_next_ms.append((server.first_next_s - begin_s) * 1000)
        return (server.first_post_s - begin_s) * 1000


def exits(*command: str) -> Callable[[], float]:
    """Measures a program from start to end."""

    def measure() -> float:
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, env=lambda_environment(Path()))
        return (time.perf_counter() - begin) * 1000

    return measure


def first_statement(*command: str) -> Callable[[], float]:
    """Measures a program from start to its first byte of output."""

    def measure() -> float:
        begin = time.perf_counter()
        environment = lambda_environment(Path())
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0, env=environment) as process:
            assert process.stdout is not None
            process.stdout.read(1)
            return (time.perf_counter() - begin) * 1000

    return measure


def python_client(python: str, folder: Path, packages: Path) -> AwsClient | None:
    """AWS's client with its packages alone on the path, as in Lambda's image; None where it is not installed (not Linux)."""
    for name in AWS_PACKAGES:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            return None
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (packages / source.name).symlink_to(source)
    return AwsClient([python, "-m", "awslambdaric", "app.handler"], folder, {"PYTHONPATH": str(packages)})


def node_client(folder: Path) -> AwsClient | None:
    """AWS's client for Node.js where it is compiled already."""
    program, node = CACHE / "ric3/node_modules/aws-lambda-ric/bin/index.mjs", shutil.which("node")
    if node is None or not program.exists():
        return None
    extra = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256"}
    flags = node_flags(256, (20,), (20, 17), "")  # as Lambda starts it
    return AwsClient([node, *flags, str(program), "app.handler"], folder, extra)


def bare_environment(folder: Path) -> str:
    """A virtual environment beside the code, which is what the engine takes: this machine's own start-up files stay out of it."""
    venv.create(folder / ".venv", symlinks=True)
    return str(folder / ".venv" / "bin" / "python")


def compare(
    language: str, cold_start: Callable[[], tuple[float, float]], floors: Mapping[str, Callable[[], float]], aws: AwsClient | None
) -> None:
    """Measure one language in turns and print its figures. Ratios refer to the last floor where there is no AWS client."""
    inits: list[float] = []

    def cold() -> float:
        took_ms, init_ms = cold_start()
        inits.append(init_ms)
        return took_ms

    taken = in_turns({"engine": cold, **floors, **({"aws": aws.answer} if aws else {})}, ROUNDS)
    for name in floors:
        show(f"{language}: {name}", taken[name])
    floor = taken[list(floors)[-1]]
    if aws is None:
        print(f"{language}: AWS's client is not installed here", flush=True)
    else:
        show(f"{language}: AWS's client, spawn to first next", aws.first_next_ms[1:], floor)
        show(f"{language}: AWS's client, spawn to answer", taken["aws"], floor)
    show(f"{language}: INIT, spawn to first next", inits[1:], aws.first_next_ms[1:] if aws else floor, "aim: under AWS's client")
    show(f"{language}: cold invocation, request to answer", taken["engine"], taken["aws"] if aws else floor)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        packages = root / "packages"
        packages.mkdir()
        builder = WorkspaceBuilder(root / "app").function("Python", {"app.py": PYTHON})
        workspace = builder.function("Node", {"app.js": NODE}, runtime=NODE_RUNTIME).write()
        with served(workspace, "--sandbox", "process", is_whole=True):
            calls = EngineCalls(workspace)
            calls.change_settings({"sandbox": "process", "preparedSandboxes": "none"})
            python = bare_environment(workspace / "python")
            floors = {
                "starts and exits": exits(python, "-I", "-S", "-c", "pass"),
                "starts, to its first statement": first_statement(python, "-c", "import os; os.write(1, b'x')"),
            }
            aws_python = python_client(python, workspace / "python", packages)
            compare("Python", lambda: calls.cold("Python"), floors, aws_python)
            node = shutil.which("node")
            if node is None:
                print("Node.js is not installed here")
                return
            script = root / "first.js"
            script.write_text("require('fs').writeSync(1, 'x')")
            floors = {
                "starts and exits": exits(node, "-e", "0"),
                "starts, to its first statement": first_statement(node, str(script)),
            }
            compare("Node.js", lambda: calls.cold("Node"), floors, node_client(workspace / "node"))


if __name__ == "__main__":
    main()
