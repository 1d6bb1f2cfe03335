"""A folder that somebody cloned gets no real credentials, whatever is in it, and other machines get none either."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.support.aws_profiles import SECRET, AwsProfiles
from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.credentials import CredentialsChoice
from workbench.model.failures import ServiceError
from workbench.workspace.state_directory import data_directory, state_directory
from workbench.workspace.trusted_folders import TrustedFolders

ROLE = "arn:aws:iam::123456789012:role/app"
CHOSEN = {"kind": "profile", "profile": "default", "roleArn": "", "ownRoles": [ROLE]}
CODE = """
    import os
    def handler(event, context):
        return [os.environ.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONFIG_FILE")]
"""


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AwsProfiles:
    profiles = AwsProfiles(tmp_path / "aws", monkeypatch)
    profiles.add_static("default", "AKIAREAL")
    return profiles


@pytest.fixture
def cloned(tmp_path: Path, aws: AwsProfiles) -> Path:
    """Everything that might choose credentials, wherever a program might look for it in a folder."""
    root = WorkspaceBuilder(tmp_path / "clone").function(
        "Function", {"app.py": CODE}, environment={"AWS_PROFILE": "default", "WORKBENCH_CREDENTIALS": "profile"},
        properties=f"Role: {ROLE}\nCredentials: default").write()
    config = f"[default]\ncredential_process = {sys.executable} -c \"open('{root}/it-ran', 'w')\"\n"
    files = {"samconfig.toml": 'version = 0.1\n[default.global.parameters]\nprofile = "default"\nrole_arn = "' + ROLE + '"\n',
             ".aws/config": config, ".aws/credentials": "[default]\naws_access_key_id = AKIACLONE\n",
             ".env": "AWS_PROFILE=default\n", ".envrc": "export AWS_PROFILE=default\n",
             ".workbench/credentials.json": json.dumps(CHOSEN), "credentials.json": json.dumps(CHOSEN),
             ".workbench/settings.json": json.dumps({"credentials": CHOSEN}),
             "workbench.json": json.dumps({"credentials": CHOSEN, "sandbox": "process"})}
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


async def key(served: EngineInTest) -> str:
    return str(json.loads((await served.client.invoke("Function", b"{}")).payload)[0])


@pytest.mark.parametrize("trusted", [False, True])
async def test_nothing_in_a_folder_chooses_credentials(
    cloned: Path, nothing_trusted: TrustedFolders, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    monkeypatch.chdir(cloned)
    async with engine_in_test(cloned, sandbox="process" if trusted else "auto", trusted=trusted) as served:
        if not trusted and served.engine.sandbox == "process":
            pytest.skip("There is no sandbox for a folder that is not trusted.")
        assert await key(served) not in ("AKIAREAL", "AKIACLONE", "")
        report = await served.client.credentials.report()
        assert (report.choice, report.functions[0].sentence()) == (CredentialsChoice(), "made up")
    assert not (cloned / "it-ran").exists()


async def test_a_folder_that_is_not_trusted_is_refused_and_one_that_is_no_longer_loses_them(
    cloned: Path, nothing_trusted: TrustedFolders
) -> None:
    chosen = CredentialsChoice(kind="profile", profile="default")
    async with engine_in_test(cloned, trusted=False) as served:
        with pytest.raises(ServiceError, match=r"not trusted\. Its functions would act on a real") as refused:
            await served.client.credentials.choose(chosen)
        assert (refused.value.status, refused.value.code) == (403, "AccessDeniedException")
        await served.engine.trust.agree()
        await served.client.credentials.choose(chosen)
        assert await key(served) == "AKIAREAL"
        await served.engine.trust.withdraw()
        await until(lambda: not list(served.pool), 60)
        report = await served.client.credentials.report()
        assert (report.note[:8], report.functions[0].source) == ("Made up,", "made up")
        with pytest.raises(ServiceError, match="not trusted"):
            await served.client.invoke("Function", b"{}", sandbox="process")


async def test_a_copy_of_the_folder_elsewhere_is_another_folder(cloned: Path, tmp_path: Path) -> None:
    async with engine_in_test(cloned) as served:
        await served.client.credentials.choose(CredentialsChoice(kind="profile", profile="default"))
    other = tmp_path / "other"
    os.rename(cloned, other)
    async with engine_in_test(other) as served:
        assert await key(served) != "AKIAREAL"


async def test_a_role_that_a_later_commit_names_is_not_assumed(cloned: Path) -> None:
    async with engine_in_test(cloned) as served:
        await served.client.credentials.choose(CredentialsChoice(kind="role", own_roles=(ROLE,)))
        template = cloned / "template.yaml"
        template.write_text(template.read_text().replace(ROLE, f"{ROLE}-of-another"))
        await served.client.refresh()
        with pytest.raises(ServiceError, match="which you have not agreed to"):
            await served.client.invoke("Function", b"{}")


@pytest.mark.parametrize("document", [
    b"", b"null", b"{", b'{"kind": "real"}', b'{"kind": "profile", "profile": 1}', b'{"kind": "role", "roleArn": "x"}',
    b'{"kind": "profile", "profile": "a\\u0000b"}', b"[" * 100_000,
])
async def test_a_request_that_is_no_choice_is_refused_in_one_line(cloned: Path, document: bytes) -> None:
    async with engine_in_test(cloned) as served:
        with pytest.raises(ServiceError, match="The choice of credentials is not valid") as refused:
            await served.client._raw("PUT", "/_workbench/credentials", data=document)
        assert refused.value.status == 400
        assert "\n" not in str(refused.value)


async def test_credentials_are_nowhere_on_the_disk(cloned: Path) -> None:
    async with engine_in_test(cloned) as served:
        await served.client.credentials.choose(CredentialsChoice(kind="profile", profile="default"))
        assert await key(served) == "AKIAREAL"
    kept = [path for folder in (state_directory(cloned), data_directory(cloned)) for path in folder.rglob("*") if path.is_file()]
    assert state_directory(cloned) / "credentials.json" in kept
    assert (state_directory(cloned) / "credentials.json").stat().st_mode & 0o077 == 0
    assert not [path for path in kept if SECRET.encode() in path.read_bytes()]
