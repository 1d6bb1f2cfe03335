"""The parts of cold starts, how they differ, and init as an icicle."""

from __future__ import annotations

import pytest

from tests.support.event_builders import BOTO_IMPORTS, EPOCH_MS, EventStream, Imports
from workbench.state.icicle import icicle
from workbench.state.session import Session
from workbench.state.start_parts import aligned_parts, difference_sentence, differences, start_parts
from workbench.state.startup import ImportTime, Phase, Startup


def cold_starts(*imports: Imports, function_ms: float = 168.1) -> Session:
    stream, session = EventStream(), Session()
    for number, each in enumerate(imports):
        stream.assign(f"r-{number}", f"e-{number}", "cold")
        stream.create(f"e-{number}")
        init_ms = stream.init(f"e-{number}", imports=each, function_ms=function_ms)
        stream.invoke(f"r-{number}", f"e-{number}", init_ms=init_ms)
        stream.wait(1_000)
    session.apply(stream.events)
    return session


def test_the_parts_of_a_start_add_up_to_what_it_waited_for():
    invocation = cold_starts(BOTO_IMPORTS).history.get("r-0")
    parts = start_parts(invocation)
    assert [(part.name, round(part.duration_ms)) for part in parts] == [
        ("sandbox", 241), ("runtime", 36), ("import boto3", 143), ("rest of init", 25)]
    assert sum(part.duration_ms for part in parts) == pytest.approx(invocation.before_handler_ms, abs=0.2)


def test_what_the_functions_own_module_imports_are_the_parts():
    own = [("app", -1, 160.0, 10.0), *[(name, parent + 1, took, self_ms) for name, parent, took, self_ms in BOTO_IMPORTS]]
    names = [part.name for part in start_parts(cold_starts(own).history.get("r-0"))]
    assert names == ["sandbox", "runtime", "import boto3", "rest of init"]


def test_an_import_that_is_large_in_one_start_is_a_part_of_all():
    small = [("boto3", -1, 9.0, 9.0), ("json", -1, 4.0, 4.0)]
    session = cold_starts(BOTO_IMPORTS, small)
    first, second = aligned_parts([session.history.get("r-0"), session.history.get("r-1")])
    assert [part.name for part in first] == [part.name for part in second]
    assert [(each.name, round(each.change_ms)) for each in differences(first, second)] == [
        ("import boto3", -134), ("rest of init", 134)]
    assert difference_sentence(first, second) == (
        "as long in all: import boto3 shrank by 134 ms, rest of init grew by 134 ms")


def test_equal_starts_are_told_as_equal():
    session = cold_starts(BOTO_IMPORTS, BOTO_IMPORTS)
    first, second = aligned_parts([session.history.get("r-0"), session.history.get("r-1")])
    assert difference_sentence(first, second) == "as long, in every part, to the millisecond"


def test_a_part_that_only_one_start_has_is_named():
    session = cold_starts(BOTO_IMPORTS, (), function_ms=168.1)
    first, second = aligned_parts([session.history.get("r-0"), session.history.get("r-1")])
    assert difference_sentence(first, second) == (
        "as long in all: import boto3 shrank by 143 ms, rest of init grew by 143 ms")


def test_the_icicle_has_imports_below_what_imported_them_and_code_between():
    imports = tuple(ImportTime(*each) for each in (
        ("app", -1, EPOCH_MS, 200.0, 53.0), ("boto3", 0, EPOCH_MS + 10, 143.0, 47.0), ("botocore", 1, EPOCH_MS + 12, 96.0, 96.0),
        ("json", 0, EPOCH_MS + 160, 4.0, 4.0)))
    startup = Startup(phases=[Phase("functionInit", EPOCH_MS, 200.5)], imports=imports)
    bars = [(bar.label, bar.depth, bar.start_ms - EPOCH_MS, bar.end_ms - EPOCH_MS) for bar in icicle(startup)]
    assert bars == [
        ("import app", 0, 0, 200), ("import boto3", 1, 10, 153), ("import botocore", 2, 12, 108), ("import json", 1, 160, 164),
        ("module code", 1, 0, 10), ("module code", 1, 153, 160), ("module code", 1, 164, 200)]


def test_no_icicle_where_imports_were_not_measured():
    assert icicle(cold_starts(()).environments.by_id["e-0"].startup) == []
