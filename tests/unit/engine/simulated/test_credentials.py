"""Environments and the credentials that they have: none begins an invocation with any that end before it does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from tests.support.aws_profiles import AwsProfiles
from tests.support.simulated_engine import PSEUDO, SimulatedEngine
from tests.support.simulated_sandbox import SimulatedRuntime
from workbench.background import BackgroundWork
from workbench.engine.credentials.choice import Credentials
from workbench.engine.credentials.sessions import Sessions
from workbench.engine.credentials.values import Resolved, Source
from workbench.engine.invocation.request import InvokeOutcome
from workbench.engine.services.credentials import CredentialsService
from workbench.engine.services.renewal import Renewal
from workbench.engine.trust import Trust
from workbench.model.credentials import MADE_UP, CredentialsChoice
from workbench.model.failures import CredentialsUnavailable
from workbench.workspace.kept_credentials import KeptCredentials

DEV = CredentialsChoice(kind="profile", profile="dev")
LIVES_S = 60


class Issuing:
    """A simulated engine whose credentials are issued by the test: key N until `ends_ms[N]`. `error`: why none are."""

    def __init__(self, folder: Path) -> None:
        self.engine = SimulatedEngine(folder, self._runtime, timeout_s=10)
        self.ends_ms: list[float] = []
        self.error = ""
        self.gate = asyncio.Event()
        self.gate.set()
        clock, trust = self.engine.clock, Trust(folder, lambda: [])
        self.credentials = Credentials(KeptCredentials(folder), trust, Sessions(clock, self._issue), lambda: PSEUDO.region)
        self.credentials.choice = DEV
        self.engine.factory.credentials = self.credentials
        # It only watches here: nothing is provisioned, prepared or kept ahead.
        renewal = Renewal(
            None, self.engine.pool, self.engine.provisioned, None, self.engine.resources)  # type: ignore[arg-type]
        self.service = CredentialsService(self.credentials, self.engine.resources, self.engine.pool, renewal, clock)
        self._background = BackgroundWork()
        self._background.keep_going("The watch of credentials", self.service.watch)

    @property
    def now_ms(self) -> float:
        return self.engine.clock.deadline_ms(self.engine.clock.now_ns())

    async def answer(self, event: object = None) -> str:
        """The key that an invocation had."""
        return str((await self.engine.answer(event, within_s=1))["key"])

    async def _runtime(self, runtime: SimulatedRuntime) -> int:
        """Answers with the key that the environment has, after as long as the event says."""
        while True:
            request_id, event = await runtime.next()
            began_ms = self.now_ms
            await runtime.sleep(event or 0)
            key = runtime.environment.get("AWS_ACCESS_KEY_ID", "")
            await runtime.respond(request_id, {"key": key, "began_ms": began_ms, "ended_ms": self.now_ms})

    async def _issue(self, _: Source) -> Resolved:
        await self.gate.wait()
        if self.error:
            raise CredentialsUnavailable(self.error)
        self.ends_ms.append(self.now_ms + LIVES_S * 1000)
        return Resolved(access_key_id=f"{len(self.ends_ms) - 1}", secret_access_key="s" * 40, expires_ms=self.ends_ms[-1])

    async def close(self) -> None:
        await self._background.close()
        await self.engine.close()
        await self.service.close()


@pytest.fixture
async def issuing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Issuing]:
    AwsProfiles(tmp_path / "aws", monkeypatch)
    issuing = Issuing(tmp_path)
    yield issuing
    await issuing.close()


async def test_an_idle_environment_ends_when_its_credentials_are_due(issuing: Issuing) -> None:
    engine = issuing.engine
    assert await issuing.answer() == "0"
    await engine.clock.forward(40)
    assert len(engine.environments) == 1
    await engine.clock.forward(6)
    assert engine.environments == []
    assert [event.fields()["reason"] for event in engine.events() if event.type == "sandbox.stopped"] == ["expired"]
    assert await issuing.answer() == "1"


async def test_a_busy_environment_ends_after_its_invocation_and_others_begin_with_new_ones(issuing: Issuing) -> None:
    engine = issuing.engine
    assert await issuing.answer() == "0"
    await engine.clock.forward(40)
    long = engine.invoke(9)
    await engine.clock.forward(6)
    assert not long.done()
    other = engine.invoke(0)
    await engine.clock.forward(1)
    assert key_of(await other) == "1"
    await engine.clock.forward(5)
    assert key_of(await long) == "0"
    assert [each.function.name for each in engine.environments] == ["Function"]
    assert await issuing.answer() == "1"


async def test_what_can_not_be_had_fails_the_invocation_and_leaves_nothing(issuing: Issuing) -> None:
    engine, issuing.error = issuing.engine, "The SSO session has expired."
    failing = engine.invoke()
    await engine.clock.forward(1)
    with pytest.raises(CredentialsUnavailable, match="The SSO session has expired"):
        await failing
    assert engine.environments == []
    issuing.error = ""
    assert await issuing.answer() == "0"


async def test_what_is_withdrawn_while_it_is_asked_for_reaches_nobody(issuing: Issuing) -> None:
    engine = issuing.engine
    issuing.gate.clear()
    call = engine.invoke()
    await engine.clock.forward(1)
    issuing.credentials.choice = MADE_UP
    issuing.gate.set()
    await engine.clock.forward(1)
    assert key_of(await call).startswith("ASIA")


def key_of(outcome: InvokeOutcome) -> str:
    return str(json.loads(outcome.result.payload)["key"])


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("seed", range(8))
async def test_no_invocation_has_credentials_that_have_ended(issuing: Issuing, seed: int, fails: bool) -> None:
    """Requests of random length at random times. `fails`: at times none can be issued, and those that there are serve on."""
    engine, random = issuing.engine, Random(seed)
    calls = []
    for _ in range(50):
        issuing.error = "None." if fails and random.random() < 0.3 else ""
        calls.append(engine.invoke(random.choice([0, 0, 0.2, 3, 9])))
        await engine.clock.forward(random.choice([0.01, 0.5, 2, 7, 13, 40]))
    issuing.error = ""
    await engine.clock.forward(300)
    assert engine.environments == []
    refused = [call for call in calls if call.exception() is not None]
    assert all(isinstance(call.exception(), CredentialsUnavailable) for call in refused)
    assert fails or not refused
    for call in (call for call in calls if call not in refused):
        answer = json.loads(call.result().result.payload)
        assert answer["began_ms" if fails else "ended_ms"] < issuing.ends_ms[int(answer["key"])]
    assert len(issuing.ends_ms) > 3
