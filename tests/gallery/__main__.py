"""Render the gallery into a folder: every scene, view, theme and size at scale 1 and 2, and a page that shows them all.

    python -m tests.gallery FOLDER [SCENE …] [--only=PART] [--publish]

With names of scenes, only those; `--only=dark-1280x800@1`: only those in this theme, size or scale.
`--publish` also renews the pictures of the README and the manual.
"""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

SCALES = ("1", "2")
SCREEN = 1_920, 1_080
"""In logical pixels."""
SCREENSHOTS = Path(__file__).resolve().parents[2] / "packaging" / "screenshots"
PUBLISHED = {
    "window-dark.png": "manual-result-dark-1280x800@2.png",
    "failure-light.png": "failed-result-light-1280x800@2.png",
    "cost-light.png": "manual-cost-light-1280x800@2.png",
    "compare-light.png": "published-compared-light-1280x800@2.png",
}
"""Pictures of the manual by those of the gallery that they are."""


def main(arguments: list[str]) -> int:
    options = [argument for argument in arguments if argument.startswith("--")]
    named = [argument for argument in arguments if not argument.startswith("--")]
    only = next((each for each in options if each.startswith("--only=")), "")
    if not named or set(options) - {"--publish", only}:
        print(__doc__)
        return 2
    folder, scenes = Path(named[0]).resolve(), named[1:]
    folder.mkdir(parents=True, exist_ok=True)
    scales = [scale for scale in SCALES if "@" not in only or only.endswith(f"@{scale}")]
    statuses = [_shoot(folder, scale, [*scenes, only]) for scale in scales]
    (folder / "index.html").write_text(_page(sorted(path.name for path in folder.glob("*.png"))), "utf-8")
    print(f"{len(list(folder.glob('*.png'))):,} pictures: {folder / 'index.html'}")
    if "--publish" in options:
        _publish(folder)
    return max(statuses)


def _shoot(folder: Path, scale: str, arguments: list[str]) -> int:
    # A process of its own for each scale, which Qt reads once.
    with tempfile.TemporaryDirectory(prefix="gallery-screen-") as place:
        screen = Path(place, "screen.json")
        width_px, height_px = (side * int(scale) for side in SCREEN)
        screen.write_text(json.dumps({"screens": [{"name": "gallery", "width": width_px, "height": height_px}]}), "utf-8")
        environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screen}", "QT_SCALE_FACTOR": scale}
        command = [sys.executable, "-m", "tests.gallery.shooting", str(folder), scale, *filter(None, arguments)]
        return subprocess.run(command, env=environment, check=False).returncode


def _publish(folder: Path) -> None:
    for name, made in PUBLISHED.items():
        shutil.copyfile(folder / made, SCREENSHOTS / name)
        print(f"{SCREENSHOTS / name}")


def _page(names: Iterable[str]) -> str:
    """A page with all pictures, scene by scene."""
    parts = ["<!doctype html><meta charset=utf-8><title>Gallery</title><style>body{font:14px sans-serif;background:#888}"
             "img{width:600px;margin:4px}figure{display:inline-block;margin:4px}</style>"]
    for scene, pictures in groupby(names, key=lambda name: name.partition("-")[0]):
        parts.append(f"<h2>{html.escape(scene)}</h2>")
        parts += [f'<figure><a href="{each}"><img loading=lazy src="{each}"></a><figcaption>{each}</figcaption></figure>'
                  for each in pictures]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
