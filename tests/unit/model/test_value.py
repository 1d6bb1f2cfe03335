"""Values of the first paint are as frozen, equal and strict as msgspec's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workbench.model.value import Value


class Place(Value):
    """A value with a default that would become a method if it was found on the class."""

    name: str
    row: int = 1
    can: Callable[[int], bool] = bool


class Other(Value):
    """Another value with the same fields."""

    name: str
    row: int = 1
    can: Callable[[int], bool] = bool


def test_fields_are_given_by_position_by_name_or_by_default() -> None:
    assert Place("a", 2) == Place(row=2, name="a") == Place("a").replace(row=2)
    assert (Place("a").row, Place("a").can(0), Place("a", can=lambda _: True).can(0)) == (1, False, True)
    assert repr(Place("a", can=bool)) == "Place(name='a', row=1, can=<class 'bool'>)"


@pytest.mark.parametrize(("values", "named"), [
    ((), {}), ((), {"row": 1}), (("a",), {"name": "b"}), (("a",), {"column": 1}), (("a", 1, bool, 4), {}), ((), {"column": 1}),
])
def test_other_fields_are_refused(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Place has the fields name, row, can"):
        Place(*values, **named)


def test_a_value_is_equal_to_those_of_its_kind_only() -> None:
    assert Place("a") != Other("a")
    assert len({Place("a"), Place(name="a", row=1), Place("b"), Other("a")}) == 3


def test_a_value_never_changes() -> None:
    place: Any = Place("a")
    for change in (lambda: setattr(place, "name", "b"), lambda: setattr(place, "other", 1), lambda: delattr(place, "name")):
        with pytest.raises(AttributeError, match="of a Place cannot be"):
            change()
    assert place == Place("a")
