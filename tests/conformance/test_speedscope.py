"""An exported timeline in speedscope, a viewer of traces that nobody here wrote, in a real browser: it shows the same figures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browsers import Page, chromium, page
from tests.support.event_builders import EventStream
from tests.support.nodes import CACHE, NotInstalled, npm_install
from tests.support.one_at_a_time import one_at_a_time
from workbench.state.session import Session
from workbench.state.traces import chrome_trace

VERSION = "1.25.0"
WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
SCRIPT = """
    const frame = document.createElement("iframe");
    frame.width = 1200; frame.height = 800;
    frame.src = "/index.html#profileURL=/timeline.json";
    document.body.append(frame);
    const cells = (row) => [...row.children].map((cell) => cell.innerText);
    const rows = () => [...frame.contentDocument.querySelectorAll("tr")].map(cells);
    for (let round = 0; round < 500; round++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (!frame.contentDocument?.body?.innerText.includes("Sandwich")) continue;
      frame.contentWindow.dispatchEvent(new KeyboardEvent("keypress", { key: "3" }));
      if (rows().length > 1) break;
    }
    return rows();
"""


@pytest.fixture
def viewer(tmp_path: Path) -> Iterator[tuple[Page, Path]]:
    """A page beside speedscope's files, and the folder that they are in."""
    try:
        chromium()
        files = speedscope()
    except NotInstalled as reason:
        pytest.skip(str(reason))
    folder = shutil.copytree(files, tmp_path / "speedscope")
    with page(folder) as served:
        yield served, folder


def speedscope() -> Path:
    """The folder with speedscope's page. Raises NotInstalled."""
    node, folder = shutil.which("node"), CACHE / f"speedscope-{VERSION}"
    if node is None:
        raise NotInstalled("there is no Node.js on this machine")
    files = folder / "node_modules" / "speedscope" / "dist" / "release"
    with one_at_a_time("speedscope"):
        if not files.exists():
            npm_install(folder, [f"speedscope@{VERSION}"], Path(node).parent)
    return files


def test_speedscope_shows_the_figures_of_the_timeline(viewer: tuple[Page, Path], tmp_path: Path) -> None:
    session, stream = Session(), EventStream()
    stream.cold_success("r-cold")
    stream.wait(130_000)
    stream.warm_success("r-warm", duration_ms=2.1)
    session.apply(stream.events)
    served, folder = viewer
    document = chrome_trace(session.timeline, session.history, session.timeline.origin_ms or 0.0)
    (folder / "timeline.json").write_bytes(document)
    rows = served.run(SCRIPT, tmp_path / "person", WEBGL)
    assert isinstance(rows, list), rows
    shown = {name.split(" {")[0] + (" " + json.loads(name[name.index("{"):])["start"] if "requestId" in name else ""):
             (total.split(" (")[0], own.split(" (")[0]) for total, own, name in (map(str.strip, row) for row in rows[1:])}
    assert shown == {
        "create sandbox": ("30.00ms", "30.00ms"), "start sandbox": ("211.00ms", "211.00ms"),
        "runtime init": ("36.00ms", "36.00ms"), "function init": ("168.10ms", "25.10ms"),
        "import boto3": ("143.00ms", "47.00ms"), "import botocore": ("96.00ms", "30.00ms"),
        "import urllib3": ("66.00ms", "62.00ms"), "import json": ("4.00ms", "4.00ms"),
        "invoke cold": ("40.80ms", "40.80ms"), "overhead cold": ("400.00µs", "400.00µs"),
        "invoke warm": ("2.00ms", "2.00ms"), "overhead warm": ("100.00µs", "100.00µs"),
    }
