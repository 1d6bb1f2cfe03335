"""What calls are made of: a few names, places and values, so that calls meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.api_clients import zipped
from tests.support.registry_model.world import LATEST, Place

HOME = Place("eu-central-1", "123456789012")
PLACES = (HOME, Place("us-east-1", "123456789012"), Place("eu-central-1", "210987654321"))
TEMPLATE, API, LAYER = "Shop", "made", "layer"
WRITTEN_S = 1_700_000_000
"""When the template's code was written."""
PACKAGES = {text: zipped(text) for text in ("a = 1", "b = 2", "c = 3")}

places = st.sampled_from((*(HOME,) * 7, *PLACES))
names = st.sampled_from((API, API, TEMPLATE))
LISTS = ("ListVersionsByFunction", "ListAliases", "ListFunctionEventInvokeConfigs", "ListProvisionedConcurrencyConfigs")
QUALIFIERS = ("", "1", "2", "live", "test", LATEST)

qualifiers = st.sampled_from(("", "", "1", "2", "live", "test", LATEST))
published = st.sampled_from(("1", "1", "2", "3", LATEST))
aliases = st.sampled_from(("live", "test"))
packages = st.sampled_from(tuple(PACKAGES))
layers = st.lists(st.tuples(st.sampled_from((LAYER, "other")), st.integers(1, 2)), max_size=2)
settings = st.fixed_dictionaries({}, optional={
    "Description": st.sampled_from(("", "one", "two")), "MemorySize": st.sampled_from((128, 256)),
    "Timeout": st.sampled_from((3, 10)), "Environment": st.sampled_from(({"Variables": {}}, {"Variables": {"KEY": "1"}}))})
routing = st.one_of(st.none(), st.just({}), st.dictionaries(
    st.sampled_from("123"), st.sampled_from((0.0, 0.25)), min_size=1, max_size=2))
guards = st.sampled_from(("none", "none", "current", "stale"))
events = st.fixed_dictionaries({}, optional={
    "MaximumRetryAttempts": st.integers(0, 2), "MaximumEventAgeInSeconds": st.sampled_from((60, 3600))})
queues = st.sampled_from([f"arn:aws:sqs:eu-central-1:123456789012:{name}" for name in ("one", "two")])


def arns(place: Place, used: list[tuple[str, int]]) -> list[str]:
    return [place.arn("layer", layer, str(number)) for layer, number in used]


def qualified(qualifier: str) -> dict[str, str]:
    return {"Qualifier": qualifier} if qualifier else {}


def routed(weights: dict[str, float] | None) -> dict[str, Any]:
    return {} if weights is None else {"RoutingConfig": {"AdditionalVersionWeights": weights}}
