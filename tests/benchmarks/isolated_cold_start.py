"""The isolated sandbox beside the plain process and Docker, in one run: cold, cold with a holder made ahead, and warm.

From the request to the answer of the engine's API, Python and Node.js. Every environment is at rest before the next is measured.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.benchmarks.docker_cold_start import HELLO
from tests.benchmarks.engine_calls import EngineCalls
from tests.benchmarks.measures import in_turns, show
from tests.support.docker_images import images_or_reason
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder
from workbench.sandbox.isolated.holders import REFILL_DELAY_S
from workbench.sandbox.isolated.probe import isolated_status

ROUNDS = 20
NODE = "exports.handler = async () => ({});\n"


def main() -> None:
    status = isolated_status()
    if not status.available:
        print(status.detail, status.hint)
        return
    images = images_or_reason()
    kinds = ["process", "isolated"] if isinstance(images, str) else ["process", "isolated", "docker"]
    with tempfile.TemporaryDirectory() as folder:
        builder = WorkspaceBuilder(Path(folder) / "app").function("Python", {"app.py": HELLO})
        workspace = builder.function("Node", {"app.js": NODE}, runtime="nodejs20.x").write()
        with served(workspace):
            calls = EngineCalls(workspace)
            if not isinstance(images, str):
                calls.change_settings({"images": {"python3.11": images["python"], "nodejs20.x": images.get("node", "")}})
            for function in ("Python", "Node"):
                compare(calls, function, kinds)


def compare(calls: EngineCalls, function: str, kinds: list[str]) -> None:
    """Measure one function in turns and print its figures, with their ratios to the plain process."""

    def cold(kind: str, rest_s: float = 0.0) -> float:
        calls.rest(function)
        time.sleep(rest_s)
        return calls.cold(function, kind)[0]

    measures = {kind: lambda kind=kind: cold(kind) for kind in kinds}
    ahead = {"isolated, holder made ahead": lambda: cold("isolated", REFILL_DELAY_S + 0.3)}
    taken = in_turns({**measures, **ahead}, ROUNDS)
    for name, values in taken.items():
        show(f"{function}: cold, {name}", values, taken["process"], "aim: at most 1.8" if name.startswith("isolated") else "")
    warm = in_turns({kind: lambda kind=kind: calls.warm(function, kind) for kind in kinds}, ROUNDS * 5)
    for name, values in warm.items():
        show(f"{function}: warm, {name}", values, warm["process"])


if __name__ == "__main__":
    main()
