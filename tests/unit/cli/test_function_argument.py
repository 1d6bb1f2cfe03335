from __future__ import annotations

import pytest

from workbench.cli.function_argument import function_named
from workbench.model.failures import InvalidInput
from workbench.model.function import FunctionConfiguration

NAMES = (("orders", "Orders"), ("Fn3BAA72D1", "Fn3BAA72D1"), ("TwiceAAAAAAAA", "TwiceAAAAAAAA"),
         ("TwiceBBBBBBBB", "TwiceBBBBBBBB"), ("a.b", "Fnxyz"))
FUNCTIONS = [FunctionConfiguration(name=name, logical_id=logical_id, runtime="python3.13", handler="app.h", code_path="/code")
             for name, logical_id in NAMES]


@pytest.mark.parametrize(("asked", "found"), [
    ("orders", "Orders"), ("Orders", "Orders"), ("Fn3BAA72D1", "Fn3BAA72D1"), ("Fn", "Fn3BAA72D1"), ("a.b", "Fnxyz"),
    ("Twice", None), ("F", None), ("nothing", None),
])
def test_by_name_logical_id_or_construct(asked: str, found: str | None) -> None:
    function = function_named(asked, FUNCTIONS)
    assert (function.logical_id if function else None) == found


@pytest.mark.parametrize("asked", ["", "  "])
def test_an_empty_name_is_no_name(asked: str) -> None:
    with pytest.raises(InvalidInput, match=r"The function's name is empty\. This workspace has: orders, Fn3BAA72D1"):
        function_named(asked, FUNCTIONS)
