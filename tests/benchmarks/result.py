"""How soon an answer is on screen after the engine has it, in the real window with a real engine, and how long that holds it.

Four answers: a small one; 5 MB of JSON on a single line, as Python's runtime sends it; 5 MB that are a single string; an API
Gateway response whose body is 5 MB of indented JSON. The floor of all is the small one: the way from engine to panel.

Learned: looking whether an answer is HTTP must not decode it (120 ms for 5 MB, in one go that holds the interpreter), and line
ends are found with numpy (20 ms instead of 110, without the interpreter). A small answer mostly waited: for the window's rhythm
of 33 ms, because the invocation's start had just been told; for the other panels, which were painted before it; and for what
these asked the engine of the journal, behind which the stream waits for the disk. Told at once, painted before all others and
asked for nothing meanwhile, it is on screen after 5 to 15 ms where its processes get the processor at once, a third of which is
the window's own work; at a load of 8 the median was 18 ms instead of 43, at 15 it was 106: processes waiting for their turns.
Later it took 25 to 28 ms on a quiet machine, two thirds of them the window's own: the strip grew by five pixels when the
invocation before had its button, with which all views below were laid out and painted again, rows of buttons computed their
places 150 times for one answer, and figures were measured each time. With a strip that keeps its height, places that are
remembered and widths by text it took 11 ms for small answers alone.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measures import show
from tests.benchmarks.window import surroundings
from tests.support.workspaces import WorkspaceBuilder

ROUNDS = 8
CODE = '''
import json

ROWS = [{"id": number, "name": f"größe {number}", "tags": ["a", "b"], "price": 1.5} for number in range(70_000)]
PRETTY = json.dumps(ROWS[:32_000], indent=2, ensure_ascii=False)

def handler(event, context):
    what = event["what"]
    if what == "small":
        return {"n": 1}
    if what == "line":
        return {"rows": ROWS}
    if what == "string":
        return "x" * 5_000_000
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": PRETTY}
'''
HTTP = {"version": "2.0", "requestContext": {"http": {"method": "GET", "path": "/rows"}}}
NAMES = {
    "small": "a small answer", "line": "5 MB of JSON on a single line", "string": "5 MB, a single string",
    "pretty": "an HTTP response with 5 MB of indented JSON",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = WorkspaceBuilder(folder / "app").function("Function", {"app.py": CODE}, memory_mb=1_024).write()
        (root / "events").mkdir()
        for what in NAMES:
            event = {"what": what, **(HTTP if what == "pretty" else {})}
            (root / "events" / f"{what}.json").write_text(json.dumps(event))
        probe = [sys.executable, "-m", "tests.benchmarks.result_probe", str(root), str(ROUNDS), *NAMES]
        output = subprocess.check_output(probe, env=surroundings(folder), text=True)
    told = json.loads(output.splitlines()[-1])
    floor = [late_ms for late_ms, *_ in told["small"]]
    for what, words in NAMES.items():
        shown_ms, came_ms, own_ms, late_ms, turn_ms = map(list, zip(*told[what], strict=True))
        aim = "aim: 20 ms" if what == "small" else "aim: 1,000 ms"
        show(f"on screen, {words}", shown_ms, floor,
             f"{aim}; {statistics.median(came_ms):.0f} ms before the window had it, its thread's own time then "
             f"{_both(own_ms)}; a frame late by {_both(late_ms)}, longest turn {_both(turn_ms)} (aim: 100)")


def _both(values_ms: list[float]) -> str:
    return f"{statistics.median(values_ms):.0f} ms (worst {max(values_ms):.0f})"


if __name__ == "__main__":
    main()
