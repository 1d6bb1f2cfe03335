"""Real credentials in use: asked for when they are needed, once for all, and again before they expire."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.aws_profiles import AwsProfiles
from tests.support.held_clock import HeldClock, settled
from workbench.background import begin_awaited
from workbench.engine.credentials.sessions import Sessions, files_state
from workbench.engine.credentials.values import Resolved, Source
from workbench.model.failures import CredentialsUnavailable

DEV = Source(profile="dev")
HOUR_S = 3600


class Issuer:
    """Answers as a profile does, under a test's clock. `error`: what it refuses with, None for nothing."""

    def __init__(self, clock: HeldClock, lives_s: float | None = HOUR_S) -> None:
        self.clock, self.lives_s = clock, lives_s
        self.asked = 0
        self.error: str | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def now_ms(self) -> float:
        return self.clock.deadline_ms(self.clock.now_ns())

    async def __call__(self, source: Source) -> Resolved:
        self.asked += 1
        await self.gate.wait()
        if self.error is not None:
            raise CredentialsUnavailable(self.error)
        expires_ms = None if self.lives_s is None else self.now_ms + self.lives_s * 1000
        return Resolved(access_key_id=f"ASIA{self.asked}", secret_access_key="s" * 40, session_token="t" * 40,
                        expires_ms=expires_ms, account="123456789012")


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AwsProfiles:
    return AwsProfiles(tmp_path / "aws", monkeypatch)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


async def key(sessions: Sessions, source: Source = DEV) -> str:
    return (await sessions.of(source)).credentials.access_key_id


async def test_credentials_are_kept_until_a_quarter_hour_before_they_expire(profiles: AwsProfiles, clock: HeldClock) -> None:
    issuer = Issuer(clock)
    sessions = Sessions(clock, issuer)
    assert sessions.known(DEV) is None
    assert await key(sessions) == "ASIA1"
    await clock.forward(44 * 60)
    assert await key(sessions) == "ASIA1"
    await clock.forward(60)
    assert sessions.known(DEV) is None
    assert await key(sessions) == "ASIA2"
    assert issuer.asked == 2


@pytest.mark.parametrize(("lives_s", "kept_s"), [(900, 675), (60, 45), (12 * HOUR_S, 12 * HOUR_S - 900)])
async def test_of_short_lives_a_quarter_is_left(profiles: AwsProfiles, clock: HeldClock, lives_s: float, kept_s: float) -> None:
    sessions = Sessions(clock, Issuer(clock, lives_s))
    held = await sessions.of(DEV)
    await clock.forward(kept_s - 1)
    assert not sessions.is_over(held, files_state())
    await clock.forward(1)
    assert sessions.is_over(held, files_state())


async def test_what_does_not_expire_is_asked_for_once(profiles: AwsProfiles, clock: HeldClock) -> None:
    issuer = Issuer(clock, None)
    sessions = Sessions(clock, issuer)
    await key(sessions)
    await clock.forward(30 * 24 * HOUR_S)
    assert await key(sessions) == "ASIA1"


async def test_many_callers_ask_once_and_one_that_leaves_takes_nothing_with_it(profiles: AwsProfiles, clock: HeldClock) -> None:
    issuer = Issuer(clock)
    sessions = Sessions(clock, issuer)
    issuer.gate.clear()
    callers = [begin_awaited("A caller", key(sessions)) for _ in range(20)]
    await settled()
    callers.pop().cancel()
    issuer.gate.set()
    assert set(await asyncio.gather(*callers)) == {"ASIA1"}
    assert issuer.asked == 1


async def test_present_ones_serve_on_while_others_can_not_be_had(profiles: AwsProfiles, clock: HeldClock) -> None:
    issuer = Issuer(clock)
    sessions = Sessions(clock, issuer)
    await key(sessions)
    issuer.error = "The session has expired."
    await clock.forward(46 * 60)
    assert await key(sessions) == "ASIA1"
    assert "expired" in sessions.problem(DEV)
    assert await key(sessions) == "ASIA1"
    assert issuer.asked == 2, "it is not asked again at once"
    await clock.forward(61)
    assert await key(sessions) == "ASIA1"
    assert issuer.asked == 3
    await clock.forward(13 * 60)
    with pytest.raises(CredentialsUnavailable, match="The session has expired"):
        await sessions.of(DEV)
    assert sessions.known(DEV) is None
    issuer.error = None
    assert await key(sessions) == "ASIA5"
    assert sessions.problem(DEV) == ""


async def test_credentials_that_have_expired_when_they_come_are_none(profiles: AwsProfiles, clock: HeldClock) -> None:
    with pytest.raises(CredentialsUnavailable, match="of profile dev have expired") as refused:
        await Sessions(clock, Issuer(clock, -1)).of(DEV)
    assert "aws sts get-caller-identity --profile dev" in refused.value.hint


async def test_an_edited_configuration_counts_at_once(profiles: AwsProfiles, clock: HeldClock) -> None:
    issuer = Issuer(clock)
    sessions = Sessions(clock, issuer)
    held = await sessions.of(DEV)
    profiles.add("other", region="eu-west-1")
    assert sessions.is_over(held, files_state())
    issuer.error = "There is no AWS profile dev."
    with pytest.raises(CredentialsUnavailable):  # those before are not prolonged: their profile may be gone
        await sessions.of(DEV)


async def test_sources_are_kept_apart_and_forgotten(profiles: AwsProfiles, clock: HeldClock) -> None:
    sessions = Sessions(clock, Issuer(clock))
    role = Source(profile="dev", role_arn="arn:aws:iam::123456789012:role/x")
    assert (await key(sessions), await key(sessions, role), await key(sessions)) == ("ASIA1", "ASIA2", "ASIA1")
    sessions.forget(but=role)
    assert (sessions.known(DEV), await key(sessions, role)) == (None, "ASIA2")
    sessions.forget()
    assert sessions.known(role) is None


async def test_nothing_shows_a_secret(profiles: AwsProfiles, clock: HeldClock) -> None:
    held = await Sessions(clock, Issuer(clock)).of(DEV)
    for shown in (repr(held), str(held.credentials), f"{[held]}"):
        assert "ASIA1" in shown
        assert "ssss" not in shown
        assert "tttt" not in shown
