"""Real credentials in real environments: given, hidden, taken away when they are due or unwanted."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.aws_profiles import SECRET, TOKEN, AwsProfiles, ShiftedClock
from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.moto_servers import moto_url
from tests.support.workspaces import WorkspaceBuilder
from workbench.background import begin_awaited
from workbench.model.credentials import CredentialsChoice
from workbench.model.failures import ServiceError
from workbench.model.function import SandboxKind
from workbench.sandbox.isolated.probe import isolated_status
from workbench.workspace.state_directory import data_directory, state_directory

CODE = """
    import os, time, urllib.parse
    NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_EC2_METADATA_DISABLED",
             "AWS_ENDPOINT_URL_LAMBDA")
    def handler(event, context):
        while event.get("until") and not os.path.exists(event["until"]):
            time.sleep(0.01)
        found = {name: os.environ.get(name) for name in NAMES}
        if event.get("print"):
            print(found, urllib.parse.quote(os.environ["AWS_SESSION_TOKEN"], safe=""))
        if event.get("raise"):
            raise ValueError(os.environ["AWS_SECRET_ACCESS_KEY"])
        return found
"""
ROLE = "arn:aws:iam::210987654321:role/app"
DEV = CredentialsChoice(kind="profile", profile="dev")


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AwsProfiles:
    profiles = AwsProfiles(tmp_path / "aws", monkeypatch)
    profiles.add_process("dev", "ASIAONE")
    return profiles


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app").function("Function", {"app.py": CODE}, timeout_s=60)
    return builder.function("Own", {"app.py": CODE}, properties=f"Role: {ROLE}").write()


@pytest.fixture(params=["process", "isolated"])
def kind(request: pytest.FixtureRequest) -> SandboxKind:
    if request.param == "isolated" and not isolated_status().available:
        pytest.skip("There is no isolated sandbox here.")
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
async def served(aws: AwsProfiles, root: Path, clock: ShiftedClock) -> AsyncIterator[EngineInTest]:
    async with engine_in_test(root, clock=clock) as engine:
        yield engine


async def given(served: EngineInTest, event: object = None, function: str = "Function") -> dict[str, Any]:
    """What a function has as its credentials."""
    answer = await served.client.invoke(function, json.dumps(event or {}).encode())
    assert not answer.function_error
    return json.loads(answer.payload)  # type: ignore[no-any-return]


async def key(served: EngineInTest, function: str = "Function") -> str:
    return str((await given(served, function=function))["AWS_ACCESS_KEY_ID"])


async def test_made_up_ones_without_being_asked(served: EngineInTest) -> None:
    assert (await key(served)).startswith("ASIA")
    assert await key(served) != "ASIAONE"
    report = await served.client.credentials.report()
    assert [each.sentence() for each in report.functions] == ["made up", "made up"]
    assert (report.choice, report.own_roles) == (CredentialsChoice(), (ROLE,))
    assert (await given(served))["AWS_ENDPOINT_URL_LAMBDA"] == served.client.connection.url
    assert [each.calls_lambda_here for each in report.functions] == [True, True]
    named = await served.client.credentials.choose(DEV)
    assert [each.calls_lambda_here for each in named.functions] == [False, False]


async def test_a_profile_s_until_they_are_due_and_nothing_of_them_is_kept(
    aws: AwsProfiles, root: Path, clock: ShiftedClock, kind: SandboxKind
) -> None:
    async with engine_in_test(root, sandbox=kind, clock=clock) as served:
        report = await served.client.credentials.choose(DEV)
        assert report.functions[0].sentence().startswith("profile dev, until ")
        assert await given(served) == {"AWS_ACCESS_KEY_ID": "ASIAONE", "AWS_SECRET_ACCESS_KEY": SECRET,
                                       "AWS_SESSION_TOKEN": TOKEN, "AWS_EC2_METADATA_DISABLED": None,
                                       "AWS_ENDPOINT_URL_LAMBDA": None}, "they are for AWS's Lambda"
        assert SECRET not in " ".join(_command_lines())
        aws.answer("dev", "ASIATWO", 3 * 3600)
        assert await key(served) == "ASIAONE"
        clock.shift_s = 46 * 60
        await until(lambda: not list(served.pool), 60)
        assert await key(served) == "ASIATWO"
        invocation = await served.invoke({"print": True})
        texts = invocation.log_lines()
        assert any("'AWS_SECRET_ACCESS_KEY': '****', 'AWS_SESSION_TOKEN': '****'" in text and text.endswith(" ****")
                   for text in texts), texts
        failed = await served.invoke({"raise": True})
        assert SECRET not in failed.payload
        assert "****" in failed.payload
        health = (await served.client.health()).credentials
        assert SECRET not in repr(health)
    for folder in (state_directory(root), data_directory(root)):
        for path in filter(Path.is_file, folder.rglob("*")):
            assert not any(secret.encode() in path.read_bytes() for secret in (SECRET, TOKEN)), path


def _command_lines() -> list[str]:
    """The command lines of everything that this process has started: any user of the machine can read them."""
    lines = []
    for child in psutil.Process().children(recursive=True):
        try:
            lines += child.cmdline()
        except psutil.Error:
            continue
    assert lines
    return lines


async def test_a_busy_environment_keeps_its_own_to_the_end_of_its_invocation(
    served: EngineInTest, aws: AwsProfiles, clock: ShiftedClock, tmp_path: Path
) -> None:
    await served.client.credentials.choose(DEV)
    go = tmp_path / "go"
    busy = begin_awaited("A long invocation", given(served, {"until": str(go)}))
    await until(lambda: [each.state.shown for each in served.pool] == ["busy"], 60)
    aws.answer("dev", "ASIATWO", 3 * 3600)
    clock.shift_s = 46 * 60
    [environment] = list(served.pool)
    await until(lambda: served.pool.is_retired(environment), 60)
    assert await key(served) == "ASIATWO"
    go.touch()
    assert (await busy)["AWS_ACCESS_KEY_ID"] == "ASIAONE"
    await until(lambda: _ends(served), 60)
    assert await _ends(served) == ["expired"]
    assert await key(served) == "ASIATWO"


async def _ends(served: EngineInTest) -> list[str]:
    """Why environments have ended."""
    return [event.fields()["reason"] for event in await served.client.events() if event.type == "sandbox.stopped"]


async def test_what_is_forgotten_is_gone_at_once(served: EngineInTest) -> None:
    await served.client.credentials.choose(DEV)
    assert await key(served) == "ASIAONE"
    assert (await served.client.health()).credentials.choice == DEV
    await served.client.credentials.forget()
    assert await key(served) not in ("ASIAONE", "")
    await served.client.credentials.choose(CredentialsChoice(kind="none"))
    assert await given(served) == {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_SESSION_TOKEN": None,
                                   "AWS_EC2_METADATA_DISABLED": "true",
                                   "AWS_ENDPOINT_URL_LAMBDA": served.client.connection.url}


async def test_the_choice_is_that_of_the_next_engine_too(served: EngineInTest, root: Path, aws: AwsProfiles) -> None:
    await served.client.credentials.choose(DEV)
    async with engine_in_test(root.parent / "app") as other:
        assert await key(other) == "ASIAONE"


async def test_an_edited_profile_counts_at_once(served: EngineInTest, aws: AwsProfiles) -> None:
    aws.add_static("fixed", "AKIAFIRST")
    await served.client.credentials.choose(CredentialsChoice(kind="profile", profile="fixed"))
    assert await key(served) == "AKIAFIRST"
    aws.add_static("fixed", "AKIASECOND")
    await until(lambda: not list(served.pool), 60)
    assert await key(served) == "AKIASECOND"


async def test_roles_are_assumed(served: EngineInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_url() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        one = await served.client.credentials.choose(CredentialsChoice(kind="role", profile="dev", role_arn=ROLE))
        assert one.functions[0].sentence().startswith(f"role {ROLE} (profile dev) (account 210987654321), until ")
        assert (await key(served)) == await key(served, "Own") != "ASIAONE"
        await served.client.credentials.choose(CredentialsChoice(kind="role", profile="dev", own_roles=(ROLE,)))
        assert (await key(served, "Own")).startswith("ASIA")
        with pytest.raises(ServiceError, match="its Role is not the ARN of one") as refused:
            await served.client.invoke("Function", b"{}")
        assert (refused.value.status, refused.value.code) == (400, "InvalidParameterValueException")
        assert await served.client.environments() != []
        report = await served.client.credentials.report()
        assert [each.account for each in report.functions] == ["", "210987654321"]


async def test_what_can_not_be_had_is_not_chosen_and_says_why(served: EngineInTest) -> None:
    with pytest.raises(ServiceError, match="There is no AWS profile nobody on this machine") as refused:
        await served.client.credentials.choose(CredentialsChoice(kind="profile", profile="nobody"))
    assert refused.value.hint.startswith("There are: dev.")
    assert (await served.client.credentials.report()).choice == CredentialsChoice()
    assert await served.client.credentials.profiles() == ("dev",)


async def test_what_can_no_longer_be_had_fails_invocations_until_it_can(
    served: EngineInTest, aws: AwsProfiles, clock: ShiftedClock
) -> None:
    await served.client.credentials.choose(DEV)
    (aws.folder / "dev.json").unlink()
    clock.shift_s = 3601
    with pytest.raises(ServiceError, match="There are no credentials of profile dev"):
        await served.client.invoke("Function", b"{}")
    report = await served.client.credentials.report()
    assert "There are no credentials of profile dev" in report.functions[0].problem
    assert await served.client.environments() == []
    aws.answer("dev", "ASIATWO", 3 * 3600)
    keys = await asyncio.gather(*(key(served) for _ in range(3)))
    assert set(keys) == {"ASIATWO"}


@pytest.mark.parametrize("change", ["an edited profile", "another invocation", "a sign-in"])
async def test_provisioned_concurrency_that_lacks_credentials_is_tried_again_when_they_change(
    served: EngineInTest, aws: AwsProfiles, clock: ShiftedClock, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(aws.folder))
    await served.client.credentials.choose(DEV)
    (aws.folder / "dev.json").unlink()
    clock.shift_s = 3601
    await served.client.provision("Function", 1)

    async def status() -> str:
        return (await served.client.provisioned())[0].status

    async def has_failed() -> bool:
        return await status() == "FAILED"

    async def is_ready() -> bool:
        return await status() == "READY"

    await until(has_failed, 60)
    assert "There are no credentials of profile dev" in (await served.client.provisioned())[0].status_reason
    aws.answer("dev", "ASIATWO", 3 * 3600)
    if change == "an edited profile":
        aws.add("more", region="eu-west-1")
    elif change == "another invocation":
        assert await key(served, "Own") == "ASIATWO"
    else:
        (aws.folder / ".aws" / "sso" / "cache").mkdir(parents=True)
    await until(is_ready, 60)


async def test_whoever_withdraws_while_it_is_asked_has_the_last_word(served: EngineInTest, aws: AwsProfiles) -> None:
    began, go = aws.folder / "began", aws.folder / "go"
    (aws.folder / "waits.py").write_text(
        f"import os, time\nopen({str(began)!r}, 'w').close()\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        f"print(open({str(aws.folder / 'dev.json')!r}).read())\n")
    aws.add("waits", credential_process=f"{sys.executable} {aws.folder / 'waits.py'}")
    waiting = CredentialsChoice(kind="profile", profile="waits")
    choosing = begin_awaited("Choosing", served.client.credentials.choose(waiting))
    await until(began.exists, 60)
    await served.client.credentials.forget()
    go.touch()
    assert (await choosing).choice == CredentialsChoice()
    assert await key(served) != "ASIAONE"
