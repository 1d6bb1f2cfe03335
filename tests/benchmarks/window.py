"""The window: how soon it can be used, and whether its frames come on time while its engine is busy.

(a) From the start of the process until the window is *interactive*: the code that was worked on last was painted in the editor,
and a key sent after that is in the text. The key is sent from a turn of the loop, where a person's keys arrive, to the widget
that has the window's focus. The floor is the first paint of an empty PySide6 window in a process of its own. Also told: the
first paint of the window (without the code), the workspace's functions listed, the last panel made, the engine's first answer,
and by how much a 60 Hz timer was late at most between the code's paint and the last panel. The engine starts as the window's
child once the functions are listed; the preferences are those of a person who has opened nothing but this workspace, and that
before.
Every time is told by the clock and as processor time of the whole process, which other work on the machine lengthens less.
(b) A 60 Hz timer in the real window while a real engine sends 1,000 invocations and 10,000 log lines a second over its
WebSocket, from another process: with timeline, log, result and history beside each other in a window of 1,920 x 1,080, then with
the layout as it comes and the log in front. A frame is late by the time that passed beyond its interval; the processor time of
the window's thread from one frame to the next is told too.

Learned in (a): imports decide, then the classes of Qt that are touched, then the number of widgets. PySide replaces the
built-in `import` by one that reads, splits and keeps the source of every module imported after it, to see whether it has `from
__feature__ import …`: 30 ms until the code is there, and more until all panels are (workbench/gui/application/plain_imports.py
gives Python's own back). PySide makes a class and all its enums when it is touched first: QStyle takes 6 ms (so the style is an
argument of the application, and rows are painted before they know of it), formats of text 3, QGradient 2 (which
`QPainter.fillRect` touches while it looks for the way that is meant: workbench/editor/ground.py), QAccessible 2, QScrollBar and
QItemSelectionModel 1 each (so Qt's hooks are overridden, and no signals of theirs connected). `viewport()` makes every class of
widget there is, 10 ms; a child found by its name does not (workbench/editor/viewport.py), and a QPlainTextEdit does not survive
a viewport of ours. `hashlib` takes 3 ms for OpenSSL, `importlib.metadata` 12. The collector's first turn, while the code was
painted, took 13 ms until what is there was left out before. The style sheet costs a widget anew whenever it, or what it is in,
is put into another one: set when all are together, it costs 10 ms less. An empty window painted first costs 20 ms. All that an
engine tells takes 20 ms to import. To divide a page anew takes 10 ms. Icons drawn twice cost 5 ms. A selector of the style
sheet by a property asks every widget for that property, 2 ms (so it is an object name). A regular expression that is compiled
with its module costs up to 0.5 ms, `socket` 2.
Of 177 widgets 95 were hidden at the first paint: those of notices, banners and lists without rows are made when they are
needed. A QComboBox makes the ten widgets of its list for its first size, style, font or paint; that cannot be avoided. msgspec
takes 8 ms (it imports `typing_extensions`, `uuid` and `decimal`), a NamedTuple 0.2 and a dataclass 1, because they compile
source text: what is needed before the paint is made of classes that do not (workbench/model/value.py). `uuid` imports
`platform`, which compiles nine regular expressions; platformdirs compiles four. A character that our fonts do not have ("▾",
"✕") has Qt look for another font, 1.2 ms.
About 92 ms are left above the floor, 385 million of 1,100 million instructions: 90 for the first texts (28 to read fontconfig's
files, and what finds, loads, shapes and draws; an empty window has no text), 42 for 67 classes of Qt with 670 members of enums
(QIcon alone has 150), 35 for the style sheet, 12 for icons, and for the rest our 139 modules (an empty one takes 0.1 ms),
widgets and actions. On a busy machine, count instructions (`valgrind --tool=callgrind`): they repeat within half a percent,
from the second run after a change on, as the first one compiles.
Of the floor, 30 ms are PySide's own Python files, which it has in an archive and compiles each time: `SBK_EMBED=0`, set once
where site-packages can be written, makes it unpack them. asyncio (31 ms), the template's parser and all that knows functions
come after the code has been painted and has had a turn for keys (workbench/gui/shell/app.py); most panels after that, a turn
each (workbench/gui/workspace/deferred_panels.py). An import on a thread makes nothing sooner, as both need the GIL, but keeps
the loop free (a fifth of a second for Pygments' rules, and numpy in one go); it has to be a module without Qt, because two
threads that touch a class of Qt for the first time crash PySide. Starting the engine before the panels costs these a tenth of a
second and gains a quarter for the first invocation.
Learned in (b): what is done in one turn of the loop must be bounded by time, not by number, and one frame must not show the
news of two panels: timers that are due at the same time all run in one turn, so panels take turns
(workbench/gui/workspace/panel_turns.py), and a late loop makes them rarer instead of frames longer. No single thing is large:
with all views a refresh and a paint of the timeline take 2 to 4 ms (of hundreds of bars; the minimap 1 to 4, so it rests in
proportion), of the log 3, of the result 2, of the history 1.5, 100 invocations with their lines 9. What costs most is asked and
made for each bar or word: enum members, colors, contrasts and the widths of words, which are now kept, halved a paint;
QStaticText would save 4 µs of 6 for each text. A text that changes in the status line lays out the whole window, and a view
that repaints although nothing changed costs as much as one that does: together 3 ms of each frame. On two cores for which ten
programs wait, the processor time of a frame with all views was 25 to 31 ms (p50) and 42 to 48 (p99); now it is 6 to 9 and 18 to
26.

With DISPLAY on that display, otherwise on Qt's offscreen platform.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.measures import in_turns, percentile, show
from tests.support.workspaces import WorkspaceBuilder

ROUNDS = 10
INVOCATIONS_PER_S = 1_000
LINES_PER_INVOCATION = 10
SECONDS = 10.0
LATER = {
    "painted": "our window, first paint",
    "code": "our window, the code painted",
    "interactive": "our window, interactive (a key taken)",
    "listed": "our window, its functions listed",
    "complete": "our window, all panels made",
}
CODE = "def handler(event, context):\n    return event\n"


def surroundings(folder: Path) -> dict[str, str]:
    """This process's variables, with preferences, recent workspaces and compiled modules of their own.

    An installed program has its modules compiled: here the round that does not count does that.
    """
    own = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state"),
           "PYTHONPYCACHEPREFIX": str(folder / "compiled"), "QT_LOGGING_RULES": "*.warning=false"}
    platform = {} if os.environ.get("DISPLAY") else {"QT_QPA_PLATFORM": "offscreen"}
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, **own, **platform}


class Starts:
    """Starts the probe and takes the times. `taken_ms`: the values of what it told, by its names."""

    def __init__(self, workspace: Path, environment: dict[str, str]) -> None:
        self._workspace = workspace
        self._environment = environment
        self.taken_ms: dict[str, list[float]] = {}

    def empty(self) -> float:
        """Milliseconds to the first paint of an empty window."""
        told_ms = self._run("empty")
        self._keep({f"floor_{name}": value_ms for name, value_ms in told_ms.items()})
        return told_ms["painted_s"]

    def workbench(self) -> float:
        """Milliseconds to the first paint of the window."""
        told_ms = self._run("paint", str(self._workspace))
        self._keep(told_ms)
        return told_ms["painted_s"]

    def engine(self) -> float:
        """Milliseconds to the engine's first answer."""
        return self._run("engine", str(self._workspace))["engine_s"]

    def counted(self, name: str) -> list[float]:
        """What was told under a name, without the first round."""
        return self.taken_ms[name][1:]

    def _keep(self, told_ms: dict[str, float]) -> None:
        for name, value_ms in told_ms.items():
            self.taken_ms.setdefault(name, []).append(value_ms)

    def _run(self, *arguments: str) -> dict[str, float]:
        begin_s = time.perf_counter()  # one clock for all processes of a machine
        output = subprocess.check_output(_probe(*arguments), env=self._environment, text=True)
        told: dict[str, float] = json.loads(output.splitlines()[-1])
        return {name: value if name.endswith("_ms") else (value - (0 if "_cpu_" in name else begin_s)) * 1000
                for name, value in told.items()}


def starts(workspace: Path, environment: dict[str, str]) -> None:
    """Part (a)."""
    probes = Starts(workspace, environment)
    in_turns({"empty": probes.empty, "workbench": probes.workbench}, ROUNDS)
    for kind, remark in (("s", ""), ("cpu_s", "processor time")):
        floor = probes.counted(f"floor_painted_{kind}")
        show("empty PySide6 window, first paint (floor)", floor, remark=remark)
        for name, what in LATER.items():
            show(what, probes.counted(f"{name}_{kind}"), floor, f"{remark}   aim: 1.8" if name == "interactive" else remark)
    show("from the code to the last panel: late at most", probes.counted("held_ms"))
    show("the longest turn meanwhile", probes.counted("held_cpu_ms"), remark="processor time   aim: 100 ms")
    engine_ms = in_turns({"engine": probes.engine}, ROUNDS)["engine"]
    show("our window, its engine answered", engine_ms, probes.counted("floor_painted_s"))


def frames(workspace: Path, environment: dict[str, str], profile: str = "") -> None:
    """Part (b)."""
    source = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.stream_source", str(workspace), str(INVOCATIONS_PER_S),
         str(LINES_PER_INVOCATION), str(SECONDS * 1.5 + 1)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )
    assert source.stdin is not None
    assert source.stdout is not None
    assert source.stdout.readline() == "ready\n"
    arguments = ["frames", str(workspace), str(SECONDS), *([profile] if profile else [])]
    window = subprocess.Popen(_probe(*arguments), stdout=subprocess.PIPE, text=True, env=environment)
    assert window.stdout is not None
    assert window.stdout.readline() == "go\n"
    source.stdin.write("go\n")
    source.stdin.flush()
    told = json.loads(window.stdout.readline())
    window.wait()
    published, _ = source.communicate()
    print_lateness(told)
    print(f"  {published.strip()}; the window took in {told['invocations']:,} invocations up to event {told['seen']:,}")


def print_lateness(told: dict[str, Any]) -> None:
    for phase, (late_ms, own_ms) in told["frames"].items():
        for what, values_ms in (("late", late_ms), ("processor time", own_ms)):
            figures = "   ".join(f"p{share:<3} {percentile(values_ms, share / 100):6.1f} ms" for share in (50, 95, 99))
            aim = "   (aim: p99 under 10 ms)" if phase != "at rest" and what == "late" else ""
            print(f"frames, {phase:<14}{what:<15} {figures}   max {max(values_ms):6.1f} ms   {len(values_ms)} frames{aim}")


def _probe(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.window_probe", *arguments]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = surroundings(folder)
        print(f"platform: {environment.get('QT_QPA_PLATFORM', 'display ' + os.environ.get('DISPLAY', ''))}")
        workspace = WorkspaceBuilder(folder / "app").function("Function", {"app.py": CODE}, memory_mb=512).write()
        starts(workspace, environment)
        frames(workspace, environment)


if __name__ == "__main__":
    main()
