"""What lines took at a cold start: only what was measured, on the lines that it belongs to."""

from __future__ import annotations

from workbench.state.line_times import LineTime, handler_module, line_times
from workbench.state.startup import ImportTime, Startup

SOURCE = '''\
"""A handler."""
import json, os
import boto3
from shop import prices

table = boto3.resource("dynamodb")

def handler(event, context):
    import csv

class Order:
    pass

connection = open("x")
'''


def startup(*imports: tuple[str, int, float, float]) -> Startup:
    """Imports as module, parent, start, duration."""
    return Startup(init_duration_ms=200.0, imports=tuple(
        ImportTime(module=module, parent=parent, start_ms=start_ms, duration_ms=duration_ms)
        for module, parent, start_ms, duration_ms in imports))


def test_each_line_gets_what_it_took() -> None:
    found = line_times(SOURCE, startup(
        ("app", -1, 0.0, 260.0), ("json", 0, 1.0, 3.0), ("os", 0, 4.0, 2.0), ("boto3", 0, 6.0, 101.0),
        ("botocore", 3, 7.0, 60.0), ("shop", 0, 107.0, 2.0), ("shop.prices", 0, 109.0, 36.0),
        ("botocore.loaders", 0, 150.0, 20.0), ("csv", 0, 180.0, 5.0)), "app")
    assert found == [
        LineTime(2, 2, 5.0, ("json", "os")), LineTime(3, 3, 101.0, ("boto3",)), LineTime(4, 4, 38.0, ("shop", "shop.prices")),
        LineTime(6, 14, 115.0)]  # together, with what they imported in turn: nothing tells them apart


def test_code_before_the_first_import_has_the_loading_of_the_file() -> None:
    found = line_times("x = 1\nimport boto3\ny = 2\n", startup(("app", -1, 0.0, 90.0), ("boto3", 0, 30.0, 50.0)), "app")
    assert found == [LineTime(1, 1, 30.0, has_loading=True), LineTime(2, 2, 50.0, ("boto3",)), LineTime(3, 3, 10.0)]


def test_code_between_two_imports_has_what_is_between_them() -> None:
    source = "import a\nx = a.connect()\n\n\ndef f():\n    pass\n\n\nimport b\n"
    found = line_times(source, startup(("app", -1, 0.0, 100.0), ("a", 0, 1.0, 9.0), ("b", 0, 71.0, 29.0)), "app")
    assert found == [LineTime(1, 1, 9.0, ("a",)), LineTime(2, 2, 61.0), LineTime(9, 9, 29.0, ("b",))]


def test_an_import_that_is_tried_counts_and_one_in_a_function_does_not() -> None:
    source = "try:\n    import fast as json\nexcept ImportError:\n    import json\n\ndef f():\n    import late\n"
    found = line_times(source, startup(("app", -1, 0.0, 30.0), ("json", 0, 1.0, 9.0), ("late", 0, 12.0, 9.0)), "app")
    assert LineTime(4, 4, 9.0, ("json",)) in found
    assert all("late" not in each.names for each in found)


def test_relative_imports_are_resolved_by_the_handlers_package() -> None:
    found = line_times("from . import prices\nfrom ..shop import tax\n", startup(
        ("orders.api.app", -1, 0.0, 30.0), ("orders.api.prices", 0, 1.0, 9.0), ("orders.shop", 0, 10.0, 4.0)), "orders.api.app")
    assert found == [LineTime(1, 1, 9.0, ("orders.api.prices",)), LineTime(2, 2, 4.0, ("orders.shop",))]


def test_without_the_handlers_module_only_imports_count() -> None:
    assert line_times(SOURCE, startup(("boto3", -1, 0.0, 50.0)), "app") == [LineTime(3, 3, 50.0, ("boto3",))]


def test_nothing_is_said_of_what_was_not_measured_or_cannot_be_read() -> None:
    measured = startup(("app", -1, 0.0, 50.0), ("boto3", 0, 1.0, 40.0))
    assert line_times(SOURCE, startup(), "app") == []
    assert line_times("import boto3 x", measured, "app") == []
    assert line_times("import boto3\n" + "#" * 60_000, measured, "app") == []
    assert line_times("import boto3\n", startup(("app", -1, 0.0, 0.9), ("boto3", 0, 0.0, 0.9)), "app") == []


def test_the_module_of_a_handler() -> None:
    assert [handler_module(each) for each in ("app.handler", "orders/app.handler", "orders.app.handler")] == [
        "app", "orders.app", "orders.app"]
