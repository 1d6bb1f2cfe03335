"""The states of an extension: every transition, allowed and forbidden."""

from __future__ import annotations

import itertools

import pytest

from workbench.engine.extensions.states import Extension, Extensions, ExtensionState
from workbench.engine.runtime_api.refusal import Refusal
from workbench.model.quotas import EXTENSIONS_LIMIT

S = ExtensionState
ALLOWED = {
    (S.STARTED, S.REGISTERED), (S.STARTED, S.LAUNCH_ERROR),
    (S.REGISTERED, S.READY), (S.REGISTERED, S.INIT_ERROR), (S.REGISTERED, S.EXIT_ERROR),
    (S.READY, S.RUNNING), (S.READY, S.EXIT_ERROR),
    (S.RUNNING, S.READY), (S.RUNNING, S.EXIT_ERROR), (S.RUNNING, S.EXITED), (S.RUNNING, S.SHUTDOWN_FAILED),
    (S.INIT_ERROR, S.INIT_ERROR), (S.EXIT_ERROR, S.EXIT_ERROR),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(S, S)))
def test_transitions(before: ExtensionState, after: ExtensionState) -> None:
    extension = Extension("e", is_external=True, since_ns=0)
    extension.state = before
    if (before, after) in ALLOWED:
        extension.change(after)
        assert extension.state is after
        return
    attempt = f"from {before} to {after} failed for extension {extension.identifier}"
    with pytest.raises(Refusal, match=attempt) as refusal:
        extension.change(after)
    assert (refusal.value.status, refusal.value.error_type) == (403, "Extension.InvalidExtensionState")
    assert extension.state is before


def test_budget_by_the_kind_of_extensions() -> None:
    extensions = Extensions()
    assert extensions.budget_ms == 0
    extensions.register("inner", ("INVOKE",), 0)
    assert extensions.budget_ms == 500
    extensions.launched(["outer"], 0)
    assert extensions.budget_ms == 2_000


def test_readiness() -> None:
    extensions = Extensions()
    assert extensions.all_registered
    assert extensions.all_ready
    extensions.launched(["a", "b"], 0)
    assert not extensions.all_registered
    for name in ("a", "b"):
        extensions.register(name, ("INVOKE", "SHUTDOWN") if name == "a" else (), 0)
    assert extensions.all_registered
    assert not extensions.all_ready
    for extension in extensions:
        extension.change(S.READY)
    assert extensions.all_ready
    extensions.invoke(b"{}", 1)
    assert [extension.state for extension in extensions] == [S.RUNNING, S.READY]


@pytest.mark.parametrize(
    ("name", "events", "error_type"),
    [
        ("outer", ("DANCE",), "Extension.InvalidEventType"),
        ("inner", ("SHUTDOWN",), "Extension.InvalidEventType"),
        ("inner", ("DANCE",), "Extension.InvalidEventType"),
        ("taken", (), "Extension.InvalidExtensionState"),
    ],
)
def test_refused_registrations(name: str, events: tuple[str, ...], error_type: str) -> None:
    extensions = Extensions()
    extensions.launched(["outer"], 0)
    extensions.register("taken", (), 0)
    with pytest.raises(Refusal) as refusal:
        extensions.register(name, events, 0)
    assert refusal.value.error_type == error_type


def test_no_more_than_the_limit_and_none_after_init() -> None:
    extensions = Extensions()
    for number in range(EXTENSIONS_LIMIT):
        extensions.register(f"e{number}", (), 0)
    with pytest.raises(Refusal, match=r"Extension limit \(10\) reached"):
        extensions.register("more", (), 0)
    extensions.is_open = False
    with pytest.raises(Refusal, match="Extension registration closed already"):
        extensions.register("late", (), 0)
