from __future__ import annotations

import pytest

from tests.support.event_builders import EventStream
from workbench.state.advice import import_summary
from workbench.state.imports import import_tree, top_costs
from workbench.state.invocation import fold_invocation
from workbench.state.startup import ImportTime, Startup


def test_the_tree_follows_parents_and_puts_the_most_expensive_first():
    startup = fold_invocation(EventStream().cold_success()).startup
    roots = import_tree(startup.imports)

    assert [node.module for node in roots] == ["boto3", "json"]
    assert [node.module for node in roots[0].heaviest_path()] == ["boto3", "botocore", "urllib3"]
    assert [node.module for node in roots[0].heaviest_path(share=0.68)] == ["boto3"]


def test_costs_are_percentages_of_init():
    first, second = top_costs(fold_invocation(EventStream().cold_success()).startup)

    assert (first.module, first.duration_ms) == ("boto3", 143.0)
    assert first.percent_of_init == pytest.approx(100 * 143 / 204.1)
    assert second.module == "json"


def test_an_import_with_an_unknown_parent_is_a_top_level_one():
    items = [ImportTime("a", 7, 0, 2, 2), ImportTime("b", 1, 0, 3, 3)]

    assert [node.module for node in import_tree(items)] == ["b", "a"]


def test_the_functions_own_module_is_no_dependency_of_itself() -> None:
    imports = [ImportTime("app", -1, 0, 40, 1), ImportTime("logging", 0, 0, 38, 20), ImportTime("re", 1, 0, 18, 18)]
    startup = Startup(environment_id="e", imports=tuple(imports))
    assert [cost.module for cost in top_costs(startup)] == ["logging"]
    assert import_summary(startup) == "import app 40 ms ▸ logging 38 ms ▸ re 18 ms"
