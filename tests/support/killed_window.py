"""A window or its engine that is killed at any moment of a working day: whatever it said is kept must be there afterwards.

See `killed_window_flows` for what is done, and when it counts as kept.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import psutil

from tests.support.killed_window_facts import CODE, Facts
from tests.support.killed_window_leftovers import damage, files_left, processes_left
from tests.support.killed_window_process import Said, WorkingWindow
from tests.support.workspaces import one_function
from workbench.workspace.state_directory import data_directory

LATEST_KILL_S = 2.5
"""A window does about one thing a second."""
LONGEST_OPENING_S = 3.0
SOON_S = 0.5
PERSON = "person"
NAMES = ("killed-window-one", "killed-window-two")


class KilledWindow:
    """Runs the flows. `kills` counts them all, `flows` by what was going on; `problems`: what was lost, damaged, left running."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        self._folder = folder
        self._roots = {name: _workspace(folder / name) for name in NAMES}
        self._facts = {name: Facts() for name in (*NAMES, PERSON)}
        self._temporary = Path(tempfile.mkdtemp(prefix="killed-window-"))  # not below `folder`: sockets have short paths
        self._doing = ""
        self.kills = 0
        self.flows: Counter[str] = Counter()
        self.problems: list[str] = []

    def run(self, kills: int, *, is_patient: bool = True) -> None:
        """Kill this many windows and engines, open each workspace once more, and close it as a person does.

        `is_patient`: engines without a window end by themselves, half a minute later; otherwise they are killed before the end.
        """
        while self.kills < kills:
            self._work_and_kill()
        while not is_patient and self._kill_engine():
            pass
        for root in self._roots.values():
            window = self._window(root, "last")
            self._take(window.first())
            self._take(window.close())
            self.problems += window.problems
        self.problems += processes_left("killed-window-")
        for root in self._roots.values():
            self.problems += [*files_left(root, self._temporary), *damage(root)]
        shutil.rmtree(self._temporary)

    def _work_and_kill(self) -> None:
        window = self._window(self._random.choice(list(self._roots.values())), "work")
        if self._random.random() < 0.15:
            self._take(window.work_for(self._random.uniform(0, LONGEST_OPENING_S)))
        else:
            self._take(window.first())
            self._work(window)
            if self._random.random() < 0.5 and self._kill_engine() and self._random.random() < 0.5:
                self._work(window)
        self._take(window.kill())
        self._count("window")
        self.problems += [f"{self._number}: {problem}" for problem in window.problems]

    def _work(self, window: WorkingWindow) -> None:
        """Until any time, or until something has just begun: what is done quickly would hardly ever be interrupted otherwise."""
        if self._random.random() < 0.3:
            self._take(window.work_for(self._random.uniform(0, LATEST_KILL_S)))
        else:
            self._take(window.work_until(self._random.randrange(1, 6)))
            self._take(window.work_for(SOON_S * self._random.random() ** 2))

    def _window(self, root: Path, what: str) -> WorkingWindow:
        others = [str(each) for each in self._roots.values() if each != root]
        self._doing = "opening"
        return WorkingWindow([what, str(self._seed + self.kills), str(self._folder / PERSON), str(root), *others],
                             {"TMPDIR": str(self._temporary)})

    def _kill_engine(self) -> bool:
        """False if none runs."""
        running = sorted(_engines(), key=lambda process: process.pid)
        if running:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._random.choice(running).kill()
                self._count("engine")
        return bool(running)

    def _count(self, killed: str) -> None:
        self.kills += 1
        self.flows[f"{killed} {self._doing}"] += 1

    @property
    def _number(self) -> str:
        return f"after {self.kills} kills, {self._doing}"

    def _take(self, said: list[Said]) -> None:
        for line in said:
            self._doing = line.get("doing", self._doing)
            for name, facts in line.get("found", {}).items():
                self.problems += [f"{self._number}: {name}: {problem}" for problem in self._facts[name].compare(facts)]
            for name, facts in line.get("tried", {}).items():
                self._facts[name].note_tried(facts)
            for name, facts in line.get("kept", {}).items():
                self._facts[name].note_kept(facts)
            if "found" in line:
                self._look_for_forgotten()

    def _look_for_forgotten(self) -> None:
        """No byte of an invocation that is not in the history any more is in the journal's files."""
        for name, root in self._roots.items():
            files = {path: path.read_bytes() for path in data_directory(root).glob("journal.sqlite*")}
            for request_id in self._facts[name].gone("invoked "):
                self.problems += [f"{self._number}: {request_id} was forgotten, and is in {path.name}"
                                  for path, content in files.items() if request_id.encode() in content]


def _engines() -> list[psutil.Process]:
    """Those of the workspaces, also such as only begin."""
    found = psutil.process_iter(["cmdline"])
    return [each for each in found if "serve" in (told := each.info["cmdline"] or ()) and "killed-window-" in " ".join(told)]


def _workspace(root: Path) -> Path:
    one_function(root, CODE)
    (root / "events").mkdir()
    (root / "events" / "event.json").write_text('{"n": 0}')
    return root
