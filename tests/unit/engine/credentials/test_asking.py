"""What botocore makes of profiles of every kind: credentials, or a sentence with its cure."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from aiohttp import web

import workbench.engine.credentials.asking as asking_module
from tests.support.aws_profiles import SECRET, TOKEN, AwsProfiles
from tests.support.engines import until
from tests.support.moto_servers import moto_url
from workbench.background import begin_awaited
from workbench.engine.credentials.asking import ask, profiles
from workbench.engine.credentials.values import Resolved, Source
from workbench.model.failures import CredentialsUnavailable

ROLE = "arn:aws:iam::210987654321:role/path/app"
DENIED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>
<Message>User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:AssumeRole on resource: {}</Message></Error>
<RequestId>0</RequestId></ErrorResponse>"""
"""Source: a recorded answer of STS."""


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AwsProfiles:
    return AwsProfiles(tmp_path / "aws", monkeypatch)


@pytest.fixture
async def refusing_sts(aws: AwsProfiles, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """An STS that answers everything as AWS answers a caller who may not assume a role."""
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=403, text=DENIED.format(ROLE), content_type="text/xml")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield
    await runner.cleanup()


async def refused(source: Source) -> str:
    with pytest.raises(CredentialsUnavailable) as error:
        await ask(source)
    assert SECRET not in str(error.value)
    assert error.value.hint.endswith("workbench credentials forget.")
    return str(error.value)


async def test_credentials_of_profiles(aws: AwsProfiles) -> None:
    aws.add_process("dev", "ASIAPROCESS")
    aws.add_static("fixed", "AKIAFIXED")
    given = await asyncio.gather(ask(Source(profile="dev")), ask(Source(profile="fixed")))
    assert [each.access_key_id for each in given] == ["ASIAPROCESS", "AKIAFIXED"]
    assert [(each.secret_access_key, each.session_token) for each in given] == [(SECRET, TOKEN), (SECRET, "")]
    assert [each.expires_ms is not None for each in given] == [True, False]
    assert given[0].variables().keys() == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    assert "AWS_SESSION_TOKEN" not in given[1].variables()
    assert set(await profiles()) == {"dev", "fixed"}


async def test_what_can_not_be_had_says_why_and_what_to_do(aws: AwsProfiles, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.add_process("dev", "ASIAPROCESS")
    aws.add("empty", region="eu-west-1")
    aws.add("portal", sso_start_url="https://example.awsapps.com/start", sso_region="us-east-1",
            sso_account_id="123456789012", sso_role_name="Dev")
    aws.add("fails", credential_process=f"{sys.executable} -c \"import sys; sys.exit('no luck today')\"")
    aws.add("talks", credential_process=f"{sys.executable} -c \"print('hello')\"")
    aws.add("missing", credential_process="/nowhere/there-is-no-such-program")
    aws.add("half", aws_access_key_id="AKIAHALF")
    aws.add("coded", role_arn=ROLE, source_profile="dev", mfa_serial="arn:aws:iam::123456789012:mfa/me")
    aws.add("above", role_arn=ROLE, source_profile="coded")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHEENGINE")  # a profile that has none does not get these
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/those-of-the-machine")
    expected = {
        "nobody": r"There is no AWS profile nobody on this machine\. There are: .*dev.*",
        "empty": r"There are no credentials of profile empty: none are configured\. .*aws configure --profile empty",
        "portal": r"Error loading SSO Token: .* Sign in again: aws sso login --profile portal",
        "fails": r"There are no credentials of profile fails: .*no luck today\. Correct what profile fails runs",
        "talks": r"There are no credentials of profile talks: .* aws sts get-caller-identity --profile talks",
        "missing": r"There are no credentials of profile missing: No such file or directory: /nowhere/.*",
        "half": r"There are no credentials of profile half: Partial credentials found in .*",
        "coded": r"There are no credentials of profile coded: it asks for a code of arn:aws:iam::123456789012:mfa/me",
        "above": r"There are no credentials of profile above: it asks for a code of",
    }
    said = await asyncio.gather(*(refused(Source(profile=name)) for name in expected))
    for sentence, (name, pattern) in zip(said, expected.items(), strict=True):
        assert re.match(pattern, sentence), (name, sentence)


async def test_a_configuration_that_can_not_be_read_is_told(aws: AwsProfiles) -> None:
    aws.config.write_text("[profile dev\nno\n")
    assert "Correct your AWS configuration" in await refused(Source(profile="dev"))


@pytest.mark.usefixtures("refusing_sts")
async def test_what_aws_refuses_is_told_in_its_words(aws: AwsProfiles) -> None:
    aws.add_process("dev", "ASIAPROCESS")
    of_role, of_profile = await asyncio.gather(refused(Source(profile="dev", role_arn=ROLE)), refused(Source(profile="dev")))
    said = "AccessDenied: User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:AssumeRole"
    assert of_role.startswith(said)
    assert f"The role {ROLE} was not assumed. See who you are there: aws sts get-caller-identity --profile dev." in of_role
    assert "trust policy has to name you" in of_role
    assert "AWS does not take the credentials of profile dev." in of_profile


async def test_a_role_that_is_assumed(aws: AwsProfiles, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.add_process("dev", "ASIAPROCESS")
    with moto_url() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        role, profile = await asyncio.gather(ask(Source(profile="dev", role_arn=ROLE)), ask(Source(profile="dev")))
    assert isinstance(role, Resolved)
    assert role.access_key_id.startswith("ASIA")
    assert role.session_token
    assert role.expires_ms is not None
    assert (role.account, profile.account) == ("210987654321", "123456789012")


async def test_without_aws_in_reach_a_role_is_not_had_and_a_profile_is(aws: AwsProfiles) -> None:
    aws.add_process("dev", "ASIAPROCESS")
    told, profile = await asyncio.gather(refused(Source(profile="dev", role_arn=ROLE)), ask(Source(profile="dev")))
    assert "AWS cannot be reached." in told
    assert profile.account == ""


async def test_a_program_that_does_not_answer_is_ended(aws: AwsProfiles, monkeypatch: pytest.MonkeyPatch) -> None:
    place = aws.folder / "pid"
    (aws.folder / "hangs.py").write_text(
        f"import os, time\nopen({str(place)!r} + '.new', 'w').write(str(os.getpid()))\n"
        f"os.rename({str(place)!r} + '.new', {str(place)!r})\ntime.sleep(1000)\n")
    aws.add("hangs", credential_process=f"{sys.executable} {aws.folder / 'hangs.py'}")
    asked = begin_awaited("Asking", ask(Source(profile="hangs")))
    await until(place.exists, 60)
    process = psutil.Process(int(place.read_text()))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, 60)
    monkeypatch.setattr(asking_module, "LIMIT_S", 0.05)
    assert (await refused(Source(profile="hangs"))).startswith(
        "There are no credentials of profile hangs: none came within 0 seconds.")


async def test_a_relative_path_of_the_configuration_does_not_lead_into_the_folder_one_stands_in(
    aws: AwsProfiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "clone"
    (clone / "of-the-clone").mkdir(parents=True)
    mark = clone / "it-ran"
    (clone / "of-the-clone" / "config").write_text(f"[profile dev]\ncredential_process = touch {mark}\n")
    (clone / "botocore.py").write_text(f"open({str(mark)!r}, 'w')\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", "of-the-clone/config")
    monkeypatch.chdir(clone)
    assert "There is no AWS profile dev" in await refused(Source(profile="dev"))
    assert not mark.exists()
