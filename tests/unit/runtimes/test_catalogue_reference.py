"""The catalogue against the developer guide's tables, written out again: a date or image changed by mistake is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.model.failures import SandboxUnavailable
from workbench.model.function import FunctionConfiguration
from workbench.runtimes.catalogue import Runtime, find_runtime, known_runtimes, needs_docker, runtime_family
from workbench.runtimes.interpreters import LANGUAGE_NAMES, OLDEST
from workbench.runtimes.launcher import Launcher

AL2023, AL2 = "Amazon Linux 2023", "Amazon Linux 2"
SUPPORTED = {  # identifier: operating system, deprecation, block create, block update ("" where AWS gives none), image tag
    "nodejs24.x": (AL2023, "2028-04-30", "2028-06-01", "2028-07-01", "nodejs:24"),
    "nodejs22.x": (AL2023, "2027-04-30", "", "", "nodejs:22"),
    "python3.14": (AL2023, "2029-06-30", "", "", "python:3.14"),
    "python3.13": (AL2023, "2029-06-30", "", "", "python:3.13"),
    "python3.12": (AL2023, "2028-10-31", "", "", "python:3.12"),
    "python3.11": (AL2, "2027-06-30", "", "", "python:3.11"),
    "python3.10": (AL2, "2026-10-31", "2027-02-01", "2027-03-03", "python:3.10"),
    "java25": (AL2023, "2029-06-30", "", "", "java:25"),
    "java21": (AL2023, "2029-06-30", "", "", "java:21"),
    "java17.al2023": (AL2023, "", "", "", "java:17.al2023"),
    "java11.al2023": (AL2023, "", "", "", "java:11.al2023"),
    "java8.al2023": (AL2023, "", "", "", "java:8.al2023"),
    "java17": (AL2, "2027-06-30", "", "", "java:17"),
    "java11": (AL2, "2027-06-30", "", "", "java:11"),
    "java8.al2": (AL2, "2027-06-30", "", "", "java:8.al2"),
    "dotnet10": (AL2023, "2028-11-14", "2028-12-14", "2029-01-15", "dotnet:10"),
    "dotnet9": (AL2023, "2026-11-10", "", "", "dotnet:9"),
    "dotnet8": (AL2023, "2026-11-10", "2027-02-01", "2027-03-03", "dotnet:8"),
    "ruby4.0": (AL2023, "2029-03-31", "", "", "ruby:4.0"),
    "ruby3.4": (AL2023, "2028-03-31", "", "", "ruby:3.4"),
    "ruby3.3": (AL2023, "2027-03-31", "", "", "ruby:3.3"),
    "provided.al2023": (AL2023, "2029-06-30", "", "", "provided:al2023"),
}
BLOCKED_FROM_2027 = ("provided.al2", "nodejs20.x", "ruby3.2", "python3.9", "nodejs18.x", "dotnet6", "python3.8", "nodejs16.x")
BLOCKED = ("java8", "go1.x", "provided", "ruby2.7", "ruby2.5", "nodejs14.x", "nodejs12.x", "nodejs10.x", "nodejs8.10",
           "nodejs6.10", "nodejs4.3", "nodejs4.3-edge", "nodejs", "python3.7", "python3.6", "python2.7", "dotnetcore3.1",
           "dotnetcore2.1", "dotnetcore2.0", "dotnetcore1.0")
ANNOUNCED = ("nodejs26.x", "python3.15")
HANDLERS = {
    "node": "file.export", "python": "module.function", "java": "package.Class::method or package.Class",
    "dotnet": "Assembly::Namespace.Type::Method or Assembly", "ruby": "file.method or file.Class.method",
}


def _runtime(identifier: str) -> Runtime:
    runtime = find_runtime(identifier)
    assert runtime is not None, identifier
    return runtime


@pytest.mark.parametrize("identifier", SUPPORTED)
def test_a_supported_runtime(identifier: str) -> None:
    runtime = _runtime(identifier)
    days = tuple(str(day) if day else "" for day in (runtime.deprecation, runtime.block_create, runtime.block_update))
    operating_system, *dates, tag = SUPPORTED[identifier]
    assert (runtime.operating_system, days, runtime.image) == (operating_system, tuple(dates), f"public.ecr.aws/lambda/{tag}")
    assert (runtime.blocked, runtime.announced, runtime.image_only) == (False, False, identifier == "dotnet9")


@pytest.mark.parametrize("identifier", BLOCKED_FROM_2027)
def test_a_deprecated_runtime_that_the_api_still_takes(identifier: str) -> None:
    runtime = _runtime(identifier)
    assert (str(runtime.block_create), str(runtime.block_update), runtime.blocked) == ("2027-02-01", "2027-03-03", False)
    assert runtime.deprecation is not None


def test_deprecations_of_the_two_that_the_guide_dates() -> None:
    assert [str(_runtime(name).deprecation) for name in ("provided.al2", "nodejs20.x")] == ["2026-07-31", "2026-04-30"]


def test_blocked_and_announced_runtimes() -> None:
    assert {runtime.identifier for runtime in known_runtimes() if runtime.blocked} == set(BLOCKED)
    assert {runtime.identifier for runtime in known_runtimes() if runtime.announced} == set(ANNOUNCED)


def test_there_are_no_others() -> None:
    assert {runtime.identifier for runtime in known_runtimes()} == {*SUPPORTED, *BLOCKED_FROM_2027, *BLOCKED, *ANNOUNCED}


@pytest.mark.parametrize("runtime", known_runtimes(), ids=lambda runtime: runtime.identifier)
def test_the_image_follows_awss_naming_rule(runtime: Runtime) -> None:
    if runtime.image and not runtime.identifier.startswith("provided"):
        letters = runtime.identifier.rstrip("x").rstrip(".").replace("dotnetcore", "dotnet:core")
        name, tag = letters.split(":") if ":" in letters else _split_at_digit(letters)
        assert runtime.image == f"public.ecr.aws/lambda/{name}:{tag}"


def _split_at_digit(identifier: str) -> tuple[str, str]:
    first = next(place for place, sign in enumerate(identifier) if sign.isdigit())
    return identifier[:first], identifier[first:]


def test_handler_forms() -> None:
    found = {runtime.family: runtime_family(runtime).handler for runtime in known_runtimes()}
    assert {family: found[family] for family in HANDLERS} == HANDLERS  # type: ignore[index]


def test_what_the_catalogue_says_of_processes_is_what_happens() -> None:
    by_interpreter = {runtime.family for runtime in known_runtimes() if runtime_family(runtime).process == "interpreter"}
    assert by_interpreter == set(LANGUAGE_NAMES) == set(OLDEST)
    names = {runtime_family(_runtime(name)).name for name in ("python3.13", "nodejs22.x", "ruby3.4")}
    assert names == set(LANGUAGE_NAMES.values())
    by_bootstrap = {runtime.family for runtime in known_runtimes() if runtime_family(runtime).process == "bootstrap"}
    assert by_bootstrap == {"provided"}


@pytest.mark.parametrize(("identifier", "language", "instead"), [
    ("java21", "Java", ""), ("dotnet8", ".NET", "provided.al2023"), ("go1.x", "Go", "provided.al2023"),
])
async def test_what_needs_docker_says_so_and_what_to_do(tmp_path: Path, identifier: str, language: str, instead: str) -> None:
    function = FunctionConfiguration(name="f", logical_id="F", runtime=identifier, handler="x", code_path=str(tmp_path))
    with pytest.raises(SandboxUnavailable) as refused:
        await Launcher().find(function)
    assert refused.value.message == f"{identifier} does not run as a plain process here: {language} functions need Docker."
    assert refused.value.hint.startswith("Start Docker and choose it as the sandbox.")
    assert instead in refused.value.hint


def test_a_runtime_without_image_and_process_says_that() -> None:
    told = needs_docker(_runtime("dotnetcore1.0"))
    assert told.message.endswith("AWS has no image of this one.")
    assert "provided.al2023" in told.hint
