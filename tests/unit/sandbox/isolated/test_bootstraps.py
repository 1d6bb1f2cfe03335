"""The copy of our bootstraps that isolated sandboxes see: versions that nobody uses any more do not pile up."""

from __future__ import annotations

import os
import time
from pathlib import Path

from workbench.sandbox.isolated.bootstraps import Bootstraps


async def test_versions_unused_for_long_are_removed_and_the_one_in_use_stays(tmp_path: Path) -> None:
    source, cache = tmp_path / "source", tmp_path / "cache"
    for place in (source, cache / "forgotten", cache / "of another version"):
        place.mkdir(parents=True)
    (source / "bootstrap.py").write_text("pass")
    bootstraps = Bootstraps(source, cache)
    await bootstraps.ensure()
    forty_days_ago_s = time.time() - 40 * 86_400
    for place in (cache / "forgotten", bootstraps.folder):
        os.utime(place, (forty_days_ago_s, forty_days_ago_s))
    await bootstraps.ensure()
    assert {place.name for place in cache.iterdir()} == {bootstraps.folder.name, "of another version"}
    assert (bootstraps.folder / "bootstrap.py").read_text() == "pass"
