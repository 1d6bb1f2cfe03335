"""What is kept of layers, and for how long: as long as a function names them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import NobodyListens, archive, resources_in
from workbench.engine.registry.resources import Resources
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope

SECOND_S = 1.0


def function(*layers: str) -> dict[str, Any]:
    return {"FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b", "Role": "r", "Code": {"ZipFile": archive("code")},
            "Layers": list(layers)}


async def publish(resources: Resources, text: str) -> str:
    record = await resources.layers.publish(resources.home, {"LayerName": "l", "Content": {"ZipFile": archive(text)}})
    return record.arn


def archives(folder: Path) -> int:
    return len(list((folder / "lambda" / "code").glob("*.zip")))


async def test_a_deleted_version_that_nobody_uses_is_gone(tmp_path: Path) -> None:
    async with resources_in(tmp_path, HeldClock()) as resources:
        arn = await publish(resources, "one")
        content = resources.layers.content(arn)
        assert content is not None
        assert content.read_bytes() == archive("one")
        await resources.layers.delete(resources.home, "l", 1)
        assert resources.layers.content(arn) is None
        assert archives(tmp_path) == 0


async def test_the_same_content_is_there_once(tmp_path: Path) -> None:
    async with resources_in(tmp_path, HeldClock()) as resources:
        await publish(resources, "same")
        second = await publish(resources, "same")
        assert archives(tmp_path) == 1
        await resources.layers.delete(resources.home, "l", 1)
        content = resources.layers.content(second)
        assert content is not None
        assert content.is_file()


async def test_a_deleted_version_stays_for_functions_and_versions_that_name_it(tmp_path: Path) -> None:
    clock = HeldClock()
    async with resources_in(tmp_path, clock) as resources:
        home, functions = resources.home, resources.changes
        arn = await publish(resources, "one")
        await functions.create(home, "f", function(arn), publish=True)
        await clock.forward(SECOND_S)
        await resources.settling.settle()
        await functions.update_settings(home, "f", {"Layers": []})
        await resources.layers.delete(home, "l", 1)
        # In use by version 1, and by $LATEST until its update is over.
        assert resources.layers.content(arn) is not None
    async with resources_in(tmp_path, clock) as resources:  # as after a restart, which also settles the update
        assert resources.layers.content(arn) is not None
        assert functions_size(resources) == len(archive("one"))
        await resources.changes.delete(home, "f")
        assert (resources.layers.content(arn), archives(tmp_path)) == (None, 0)


def functions_size(resources: Resources) -> int:
    view = resources.functions.require(resources.home, "f", "1")
    return sum(view.layer_sizes.values())


async def test_code_and_layers_together_have_250_mb(tmp_path: Path) -> None:
    """Source: Lambda guide, "Lambda quotas"; the text is that of packages.limits."""
    large = large_archive(130 << 20)
    clock = HeldClock()
    async with resources_in(tmp_path, clock) as resources:
        home, functions = resources.home, resources.changes
        record = await resources.layers.publish(home, {"LayerName": "l", "Content": {"ZipFile": large}})
        given = {**function(record.arn), "Code": {"ZipFile": large}}
        with pytest.raises(ServiceError, match="Function code combined with layers exceeds the maximum allowed size of 262"):
            await functions.create(home, "f", given, publish=False)
        assert resources.functions.find(home, "f") is None
        await functions.create(home, "f", {**given, "Layers": []}, publish=False)
        await resources.settling.settle()
        with pytest.raises(ServiceError, match="The actual size is 272629760 bytes"):
            await functions.update_settings(home, "f", {"Layers": [record.arn]})
        assert "Layers" not in resources.functions.require(home, "f").settings


def large_archive(size_bytes: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        opened.writestr("zeros", bytes(size_bytes))
    return content.getvalue()


async def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    async with resources_in(tmp_path, HeldClock()) as resources:
        await publish(resources, "one")
        await resources.layers.delete(resources.home, "l", 1)
    async with resources_in(tmp_path, HeldClock()) as resources:
        assert (await publish(resources, "two")).endswith(":l:2")


async def test_functions_that_name_a_layer_of_another_account_are_retired_when_it_comes(tmp_path: Path) -> None:
    clock, listener = HeldClock(), NobodyListens()
    async with resources_in(tmp_path, clock, listener) as resources:
        foreign = "arn:aws:lambda:eu-central-1:210987654321:layer:l:1"
        await resources.changes.create(resources.home, "f", function(foreign), publish=False)
        await resources.settling.settle()
        listener.names.clear()
        await publish(resources, "another")
        assert listener.names == []
        other = Scope("eu-central-1", "210987654321")
        await resources.layers.publish(other, {"LayerName": "l", "Content": {"ZipFile": archive("foreign")}})
        assert listener.names == ["f"]
