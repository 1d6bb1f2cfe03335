"""`workbench cache`: the cache of packages shown and cleared, beside a running engine too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.test_cli import run_workbench
from tests.support.engines import engine_in_test
from tests.support.workspaces import one_function
from tests.unit.packages.zips import write_zip


def workspace(root: Path) -> Path:
    one_function(root, "def handler(e, c): return 1")
    write_zip(root / "function.zip", {"app.py": "def handler(e, c): return 'zip'"})
    template = root / "template.yaml"
    template.write_text(template.read_text().replace("CodeUri: function/", "CodeUri: function.zip"))
    return root


async def test_shown_and_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = workspace(tmp_path / "app")
    empty = run_workbench("cache")
    assert (empty.returncode, empty.stdout.count("0.0 MB of 5.0 GB in 0 packages")) == (0, 1)
    async with engine_in_test(root) as engine:
        assert (await engine.invoke()).payload == '"zip"'
        report = json.loads(run_workbench("cache", "--json", "--clear").stdout)
        assert [(kind["kind"], kind["entries"]) for kind in report["kinds"]] == [("zip", 1)]
        assert report["sizeBytes"] == (await engine.client.clear_cache()).size_bytes == 31
        assert (await engine.invoke(cold=True)).payload == '"zip"'
    done = run_workbench("cache", "--clear")
    assert "Cleared 0.0 KB." in done.stdout
    assert "in 0 packages" in done.stdout
