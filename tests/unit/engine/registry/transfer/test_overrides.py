"""Overrides of the template's functions go with what the API made: exported, imported, removed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.support.api_clients import zipped
from tests.unit.engine.registry.test_overrides import NAME, Template, listed, running, update
from workbench.engine.registry.override_records import OverriddenSetting, OverrideRecord, Overrides
from workbench.engine.registry.transfer.foreign_records import admitted
from workbench.gateway.wire.documents import checked
from workbench.model.failures import InvalidInput
from workbench.model.lambda_names import Scope


async def test_overrides_are_imported_as_they_were_exported_and_removed(tmp_path: Path) -> None:
    one, other = Template(tmp_path / "w", tmp_path / "a"), Template(tmp_path / "w", tmp_path / "b")
    file = io.BytesIO()
    async with one.registry() as (resources, _):
        await update(resources, Timeout=20, Layers=["arn:aws:lambda:eu-central-1:210987654321:layer:l:1"],
                     Environment={"Variables": {"KEY": "1"}})
        await update(resources, Layers=[])
        await resources.changes.update_code(resources.home, NAME, {"ZipFile": zipped("x = 2\n")})
        await resources.settling.settle()
        overrides = listed(resources)
        await resources.api_state.write_to(file)
    async with other.registry() as (resources, functions):
        report = await resources.api_state.add_from(file, checked, replace=False)
        assert [each.sentence() for each in report.resources] == [
            "template function Function (eu-central-1): 1 set of overrides"]
        assert (report.packages, report.has_variables) == (1, True)
        assert listed(resources) == overrides
        assert (running(functions).timeout_s, running(functions).code_source) == (20, "api")
        await resources.api_state.reset()
        assert (listed(resources), running(functions).timeout_s) == ({}, 10)


async def test_a_deletion_is_imported_and_removed(tmp_path: Path) -> None:
    one, other = Template(tmp_path / "w", tmp_path / "a"), Template(tmp_path / "w", tmp_path / "b")
    file = io.BytesIO()
    async with one.registry() as (resources, _):
        await resources.changes.delete(resources.home, NAME)
        await resources.api_state.write_to(file)
    async with other.registry() as (resources, functions):
        report = await resources.api_state.add_from(file, checked, replace=False)
        assert [each.sentence() for each in report.resources] == ["template function Function (eu-central-1): 1 deletion"]
        assert functions.all() == []
        await resources.api_state.reset()
        assert running(functions).name == NAME


@pytest.mark.parametrize(("member", "value"), [
    ("MemorySize", None), ("MemorySize", 1), ("MemorySize", "large"), ("PackageType", "Image"), ("Nothing", 1),
    ("LoggingConfig", {"LogFormat": "JSON"}), ("EphemeralStorage", {})])
def test_an_override_that_no_call_makes_is_refused(member: str, value: object) -> None:
    record = OverrideRecord(
        scope=Scope("eu-central-1", "123456789012"), function_name=NAME, revision_id="r", modified_ms=1,
        overrides=Overrides(settings={member: OverriddenSetting(value, None)}))
    with pytest.raises(InvalidInput):
        admitted(record, checked)
