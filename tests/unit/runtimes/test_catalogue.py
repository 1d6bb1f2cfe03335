"""The catalogue against Lambda's own API model, and its warnings day by day."""

from __future__ import annotations

from datetime import date

import botocore.session
import pytest

from workbench.runtimes.catalogue import Runtime, find_runtime, known_runtimes, runtime_warning


def _runtime(identifier: str) -> Runtime:
    runtime = find_runtime(identifier)
    assert runtime is not None
    return runtime


def test_every_runtime_of_the_api_model_is_known() -> None:
    model = botocore.session.get_session().get_service_model("lambda")
    customer_managed = {"custom"}
    assert set(model.shape_for("Runtime").enum) - customer_managed <= {runtime.identifier for runtime in known_runtimes()}


def test_a_current_runtime() -> None:
    runtime = _runtime("python3.13")
    assert (runtime.family, runtime.version, runtime.operating_system) == ("python", "3.13", "Amazon Linux 2023")
    assert runtime.image == "public.ecr.aws/lambda/python:3.13"
    assert runtime_warning(runtime, date(2026, 11, 20)) == ""


def test_identifiers_and_images_are_unique() -> None:
    images = [runtime.image for runtime in known_runtimes() if runtime.image]
    assert len(images) == len(set(images))


@pytest.mark.parametrize("identifier", ["python3.99", "", "PYTHON3.13", "custom"])
def test_an_unknown_identifier_is_none(identifier: str) -> None:
    assert find_runtime(identifier) is None


def test_a_runtime_becomes_deprecated_on_its_date() -> None:
    runtime = _runtime("python3.10")
    assert runtime_warning(runtime, date(2026, 10, 30)) == ""
    warning = runtime_warning(runtime, date(2026, 10, 31))
    assert warning.startswith("python3.10 has been deprecated since 2026-10-31")
    assert "will be blocked on 2027-02-01" in warning


def test_a_passed_block_date_is_told_as_passed() -> None:
    warning = runtime_warning(_runtime("nodejs20.x"), date(2027, 2, 15))
    assert "creating functions with it has been blocked since 2027-02-01" in warning
    assert "updating them will be blocked on 2027-03-03" in warning


@pytest.mark.parametrize(("identifier", "word"), [
    ("java8", "blocked"), ("nodejs26.x", "announced"), ("dotnet9", "only as a container base image")])
def test_other_warnings(identifier: str, word: str) -> None:
    assert word in runtime_warning(_runtime(identifier), date(2026, 11, 1))


def test_no_deprecation_is_later_than_its_blocks() -> None:
    for runtime in known_runtimes():
        days = [day for day in (runtime.deprecation, runtime.block_create, runtime.block_update) if day is not None]
        assert days == sorted(days), runtime.identifier
