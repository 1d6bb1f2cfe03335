"""What imports cost stands behind their lines, and only where it was measured."""

from __future__ import annotations

from workbench.gui.workspace.import_notes import import_notes
from workbench.state.startup import ImportTime, Startup

SOURCE = "import json, os\nimport boto3\nfrom decimal import Decimal\n\n\ndef handler(event, context):\n    import csv\n"


def startup(*imports: ImportTime) -> Startup:
    return Startup(imports=imports, init_duration_ms=200.0)


def test_each_line_gets_the_cost_of_what_it_imports() -> None:
    notes = import_notes(SOURCE, startup(
        ImportTime(module="app", parent=-1, duration_ms=150.0),
        ImportTime(module="boto3", parent=0, duration_ms=143.0),
        ImportTime(module="botocore", parent=1, duration_ms=90.0),
        ImportTime(module="json", parent=0, duration_ms=2.0),
        ImportTime(module="os", parent=0, duration_ms=1.0),
    ), "app")
    assert notes == {1: "# 3 ms of the last cold start – 2 % of init", 2: "# 143 ms of the last cold start – 72 % of init"}


def test_without_the_handlers_module_the_top_level_counts() -> None:
    notes = import_notes(SOURCE, startup(ImportTime(module="boto3", parent=-1, duration_ms=50.0)), "app")
    assert notes == {2: "# 50 ms of the last cold start – 25 % of init"}


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert import_notes(SOURCE, startup(), "app") == {}
