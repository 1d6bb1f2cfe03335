"""moto's server as a child: started once, ended with its object, its end told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engines import until
from workbench.engine.services_endpoint.endpoint import MOTO, ServicesEndpoint
from workbench.engine.services_endpoint.failures import NoServicesEndpoint, ServicesUnavailable
from workbench.engine.services_endpoint.moto import Moto
from workbench.model.lambda_names import Scope

HERE = Scope("us-east-1", "210987654321")


async def test_one_that_is_closed_while_it_starts_is_gone(tmp_path: Path) -> None:
    moto = Moto(tmp_path / "moto.log")
    await moto.close()
    assert moto.problem == ""


async def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    moto = Moto(tmp_path / "no such folder" / "moto.log")
    with pytest.raises(ServicesUnavailable, match="moto's server cannot be started: No such file or directory"):
        await moto.url()
    await moto.close()
    assert "cannot be started" in moto.problem


async def test_the_same_choice_begins_anew_after_it_has_ended(tmp_path: Path) -> None:
    services = ServicesEndpoint(tmp_path / "none")
    services.follow(MOTO)
    await until(lambda: services.problem)
    (tmp_path / "none").mkdir()
    services.follow(MOTO)
    answer = await services.request("sts", HERE, "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"},
                                    b"Action=GetCallerIdentity&Version=2011-06-15")
    assert (answer.status, b"<Account>210987654321</Account>" in answer.body) == (200, True)
    assert services.problem == ""
    await services.close()
    await services.close()
    with pytest.raises(NoServicesEndpoint):
        await services.request("s3", HERE, "GET", "/", {})
