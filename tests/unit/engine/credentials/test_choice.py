"""What the person chose, applied to functions of every kind."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.support.aws_profiles import SECRET, TOKEN, AwsProfiles
from tests.support.held_clock import HeldClock
from workbench.engine.credentials.choice import NOT_TRUSTED, OF_OTHER_MACHINES, Credentials, own_roles
from workbench.engine.credentials.sessions import Sessions
from workbench.engine.credentials.values import Resolved, Source
from workbench.engine.trust import Trust
from workbench.model.credentials import CredentialsChoice
from workbench.model.failures import CredentialsUnavailable
from workbench.model.function import FunctionConfiguration
from workbench.workspace.kept_credentials import KeptCredentials
from workbench.workspace.trusted_folders import TrustedFolders

MINE, OTHER = "arn:aws:iam::123456789012:role/mine", "arn:aws:iam::123456789012:role/other"
DEV = CredentialsChoice(kind="profile", profile="dev")
OWN = CredentialsChoice(kind="role", profile="dev", own_roles=(MINE,))
PLAIN = FunctionConfiguration(name="Plain", logical_id="Plain", runtime="python3.12", handler="a.b", code_path="/code")
WITH_ROLE = msgspec.structs.replace(PLAIN, name="WithRole", role=MINE)
CHANGED = msgspec.structs.replace(PLAIN, name="Changed", role=OTHER)


async def issue(source: Source) -> Resolved:
    return Resolved(access_key_id=f"{source.profile}|{source.role_arn}", secret_access_key=SECRET, session_token=TOKEN,
                    account="210987654321")


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Credentials:
    AwsProfiles(tmp_path / "aws", monkeypatch)
    (tmp_path / "trust").mkdir()
    trust = Trust(tmp_path, lambda: [], TrustedFolders(tmp_path / "trust"))
    TrustedFolders(tmp_path / "trust").trust(tmp_path, ())
    return Credentials(KeptCredentials(tmp_path), trust, Sessions(HeldClock(), issue), lambda: "eu-west-1")


async def test_made_up_ones_are_the_default_and_new_for_each_environment(credentials: Credentials) -> None:
    await credentials.read()
    first, second = await credentials.give(PLAIN), await credentials.give(PLAIN)
    assert first.variables != second.variables
    assert (first.held, first.secrets) == (None, ())
    assert credentials.of([PLAIN])[0].sentence() == "made up"


async def test_none_are_none(credentials: Credentials) -> None:
    await credentials.keep(CredentialsChoice(kind="none"))
    given = await credentials.give(PLAIN)
    assert given.variables == {"AWS_EC2_METADATA_DISABLED": "true"}
    assert credentials.of([PLAIN])[0].source == "none"


async def test_a_profile_s_are_given_to_all_and_hidden(credentials: Credentials) -> None:
    await credentials.keep(DEV)
    given = await credentials.give(PLAIN)
    assert given.variables == {"AWS_ACCESS_KEY_ID": "dev|", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}
    assert SECRET in given.secrets
    assert TOKEN in given.secrets
    assert TOKEN.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D") in given.secrets
    assert SECRET not in repr(given)
    assert credentials.of([PLAIN])[0].sentence() == "profile dev (account 210987654321)"


async def test_the_choice_is_kept_and_nothing_secret_with_it(credentials: Credentials, tmp_path: Path) -> None:
    await credentials.keep(DEV)
    await credentials.give(PLAIN)
    kept = (tmp_path / "credentials.json").read_text()
    assert SECRET not in kept
    assert TOKEN not in kept
    assert KeptCredentials(tmp_path).read() == DEV


async def test_a_folder_that_is_not_trusted_gets_nothing_real(credentials: Credentials, tmp_path: Path) -> None:
    await credentials.keep(DEV)
    TrustedFolders(tmp_path / "trust").withdraw(tmp_path)
    assert (await credentials.give(PLAIN)).held is None
    (plain,) = credentials.of([PLAIN])
    assert (credentials.note, plain.note, plain.source, plain.is_real) == (NOT_TRUSTED, NOT_TRUSTED, "made up", False)


@pytest.mark.parametrize("brought", [{"source": "api"}, {"code_source": "api"}])
async def test_code_that_other_machines_may_bring_gets_nothing_real(credentials: Credentials, brought: dict[str, str]) -> None:
    await credentials.keep(DEV)
    function = msgspec.structs.replace(PLAIN, **brought)
    assert (await credentials.give(function)).held is not None
    credentials.serves_other_machines = True
    assert (await credentials.give(function)).held is None
    assert credentials.of([function])[0].note == OF_OTHER_MACHINES
    assert (await credentials.give(PLAIN)).held is not None


async def test_one_role_for_all(credentials: Credentials) -> None:
    await credentials.keep(CredentialsChoice(kind="role", role_arn=OTHER))
    assert (await credentials.give(WITH_ROLE)).variables["AWS_ACCESS_KEY_ID"] == f"|{OTHER}"


async def test_each_function_s_own_role_if_the_person_agreed_to_it(credentials: Credentials) -> None:
    await credentials.keep(OWN)
    assert (await credentials.give(WITH_ROLE)).variables["AWS_ACCESS_KEY_ID"] == f"dev|{MINE}"
    assert credentials.of([WITH_ROLE])[0].source == f"role {MINE} (profile dev)"
    with pytest.raises(CredentialsUnavailable, match="its Role is not the ARN of one"):
        await credentials.give(PLAIN)
    with pytest.raises(CredentialsUnavailable, match=f"names the role {OTHER}, which you have not agreed to"):
        await credentials.give(CHANGED)
    assert "agreed" in credentials.of([CHANGED])[0].problem
    assert own_roles([PLAIN, WITH_ROLE, CHANGED, WITH_ROLE]) == (MINE, OTHER)
