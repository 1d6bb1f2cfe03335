"""Functions as the engine resolves them, while the window's own reading goes on."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from workbench.model.function import FunctionConfiguration
from workbench.state.function_resolution import FunctionResolution

READ = FunctionConfiguration(
    name="hello-dev", logical_id="F", runtime="python3.13", handler="app.handler", code_path="/code",
    environment={"STAGE": "dev", "TABLE": "a", "MINE": "1"})
ANSWERED = replace(READ, name="hello-prod", memory_mb=512, environment={"STAGE": "prod", "TABLE": "a", "BUCKET": "b"})
"""The engine does not know the value of MINE, and knows that of BUCKET."""
OTHER = replace(READ, name="other", logical_id="Other")


def resolved(**changed: Any) -> FunctionConfiguration:
    """What was read then and changed so since, as the engine resolves it."""
    [function] = FunctionResolution([READ], [ANSWERED]).of([replace(READ, **changed)])
    return function


def test_what_was_read_stands_until_the_engine_has_answered() -> None:
    assert FunctionResolution().of([READ, OTHER]) == (READ, OTHER)


def test_functions_are_matched_by_logical_id_and_those_that_the_engine_does_not_know_stand() -> None:
    unknown_here = replace(ANSWERED, logical_id="Elsewhere")
    assert FunctionResolution([READ, OTHER], [unknown_here, ANSWERED]).of([OTHER, READ]) == (OTHER, ANSWERED)


def test_one_that_was_made_since_stands_as_it_is() -> None:
    assert FunctionResolution([READ], [ANSWERED, replace(OTHER, name="other-prod")]).of([READ, OTHER]) == (ANSWERED, OTHER)


def test_what_changed_since_is_shown_at_once_and_the_rest_as_the_engine_resolves_it() -> None:
    assert resolved(timeout_s=9) == replace(ANSWERED, timeout_s=9)
    assert resolved(memory_mb=1024).memory_mb == 1024
    assert resolved(name="bye-dev").name == "bye-dev"


def test_what_the_api_made_follows_as_the_engine_says_until_the_template_has_its_logical_id() -> None:
    made = replace(OTHER, name="made", logical_id="made", source="api")
    resolution = FunctionResolution([READ], [ANSWERED, made])
    assert resolution.of([READ, OTHER]) == (ANSWERED, OTHER, made)
    assert resolution.of([]) == (made,)
    of_the_template = replace(made, source="template", memory_mb=1024)
    assert resolution.of([READ, of_the_template]) == (ANSWERED, of_the_template)


def test_variables_change_one_by_one() -> None:
    assert resolved(environment={"STAGE": "dev", "TABLE": "z", "NEW": "n", "MINE": "1"}).environment == {
        "STAGE": "prod", "TABLE": "z", "NEW": "n", "BUCKET": "b"}
    assert resolved(environment={"TABLE": "a", "MINE": "2"}).environment == {"TABLE": "a", "MINE": "2", "BUCKET": "b"}


def test_of_changed_variables_only_those_that_the_person_changed_reach_the_template() -> None:
    resolution, shown = FunctionResolution([READ], [ANSWERED]), dict(ANSWERED.environment)
    assert resolution.variables_as_read(READ, {**shown, "TABLE": "z", "NEW": "n"}) == {
        "STAGE": "dev", "TABLE": "z", "NEW": "n", "MINE": "1"}
    del shown["STAGE"]
    assert resolution.variables_as_read(READ, shown) == {"TABLE": "a", "MINE": "1"}


def test_without_an_answer_changed_variables_stay_as_they_are() -> None:
    assert FunctionResolution().variables_as_read(READ, {"STAGE": "x"}) == {"STAGE": "x"}
