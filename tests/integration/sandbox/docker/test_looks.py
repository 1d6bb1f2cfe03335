"""Containers in which images are looked at."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from requests import Response

from tests.support.docker_fixtures import docker_provider, known_images
from tests.support.docker_sandboxes import dead_labels, docker, eventually, function_in, write_function
from workbench.sandbox.docker.engine import connect, find_engine
from workbench.sandbox.docker.labels import LOOK_LABEL

pytestmark = pytest.mark.docker


async def test_a_container_in_which_an_image_is_looked_at_goes_with_its_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that is killed while it looks cannot remove it."""
    seen, head = list[str](), APIClient.head

    def look(client: APIClient, url: str, **kwargs: Any) -> Response:
        seen.append(docker("ps", "-aq", "--filter", "label=workbench.look", "--filter", f"label=workbench.pid={os.getpid()}",
                           "--filter", "label=workbench.engine"))
        return head(client, url, **kwargs)

    monkeypatch.setattr(APIClient, "head", look)
    async with docker_provider(tmp_path) as provider:
        await provider.prepare(function_in(write_function(tmp_path / "own", ""), runtime="provided.al2023"), lambda _: None)
        assert all(seen), "it carries the labels of its engine while it is looked at"
        monkeypatch.undo()
        engine = await asyncio.to_thread(find_engine)
        client = await asyncio.to_thread(connect, engine.endpoint)
        image = known_images()["provided.al2023"]
        left = client.create_container(image, ["/bin/sh"], labels={**dead_labels(), LOOK_LABEL: "yes"})["Id"]
        await provider.reap_orphans()
        await eventually(lambda: docker("ps", "-aq", "--filter", f"id={left}") == "")
        client.close()
