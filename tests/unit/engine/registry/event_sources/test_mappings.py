"""The states of event source mappings, under a clock that the test holds, and over restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.held_clock import HeldClock, settled
from tests.support.registry_in_test import archive, resources_in
from workbench.engine.registry.records import EventSourceMappingRecord
from workbench.engine.registry.resources import Resources
from workbench.model.failures import ServiceError

QUEUE = "arn:aws:sqs:eu-central-1:123456789012:q"
HALF_S, SECOND_S = 0.5, 1.0


async def mapped(resources: Resources, **parameters: object) -> EventSourceMappingRecord:
    """A function and a mapping."""
    await resources.changes.create(
        resources.home, "f", {"FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b", "Role": "r",
                              "Code": {"ZipFile": archive()}}, publish=False)
    return await resources.event_source_mappings.create(
        resources.home, {"FunctionName": "f", "EventSourceArn": QUEUE, **parameters})


def state(resources: Resources, record: EventSourceMappingRecord) -> str:
    return resources.event_source_mappings.require(resources.home, record.uuid).state


async def arrive(resources: Resources, clock: HeldClock) -> None:
    """Let a transition end, and what it writes be on disk: the next change waits for the one before."""
    await clock.forward(HALF_S)
    await clock.forward(HALF_S)
    await settled()
    await resources.settling.collect()


async def test_every_transition(tmp_path: Path) -> None:
    clock = HeldClock()
    async with resources_in(tmp_path, clock) as resources:
        mappings, home = resources.event_source_mappings, resources.home
        record = await mapped(resources)
        await clock.forward(HALF_S)
        assert state(resources, record) == "Creating"
        await arrive(resources, clock)
        assert state(resources, record) == "Enabled"
        for enabled, on_the_way, then in (
            (False, "Disabling", "Disabled"), (False, "Updating", "Disabled"), (True, "Enabling", "Enabled"),
            (True, "Updating", "Enabled"),
        ):
            await mappings.update(home, record.uuid, {"Enabled": enabled})
            assert state(resources, record) == on_the_way
            for change in (mappings.update(home, record.uuid, {}), mappings.delete(home, record.uuid)):
                with pytest.raises(ServiceError, match="because it is in use"):
                    await change
            await arrive(resources, clock)
            assert state(resources, record) == then
        await mappings.delete(home, record.uuid)
        assert state(resources, record) == "Deleting"
        await arrive(resources, clock)
        assert mappings.all(home) == []


async def test_an_engine_that_starts_ends_what_another_had_begun(tmp_path: Path) -> None:
    clock = HeldClock()
    async with resources_in(tmp_path, clock) as resources:
        record = await mapped(resources, Tags={"team": "blue"})
        assert state(resources, record) == "Creating"
    async with resources_in(tmp_path, clock) as resources:
        assert state(resources, record) == "Enabled"
        assert resources.event_source_mappings.require(resources.home, record.uuid).tags == {"team": "blue"}
        await resources.event_source_mappings.delete(resources.home, record.uuid)
    async with resources_in(tmp_path, clock) as resources:
        assert resources.event_source_mappings.all(resources.home) == []
