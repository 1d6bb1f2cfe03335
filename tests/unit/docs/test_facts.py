"""Figures and lists in README and the manual that the data of the project decides."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.manual import ROOT
from workbench.workspace.functions.effects import WITHOUT_EFFECT

DOCS = ROOT / "docs"


def resource(name: str) -> Any:
    return json.loads((ROOT / "resources" / name).read_text())


def test_counts() -> None:
    templates = len(list((ROOT / "resources" / "event_templates").glob("*.json")))
    assert f"offers {templates} templates" in (DOCS / "events.md").read_text()
    assert f"Prices of {len(resource('prices/lambda.json')['tables'])} Regions" in (DOCS / "run.md").read_text()
    types = len(resource("return_values.json")["types"])
    assert f"for {types} resource types" in " ".join((DOCS / "templates.md").read_text().split())


def test_properties_without_effect_are_all_listed() -> None:
    section = (DOCS / "limits.md").read_text().partition("## Properties without effect")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    listed = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert listed == WITHOUT_EFFECT.keys()
