"""`workbench credentials` as a person runs it: shown, refused, chosen, seen by the function, taken away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.test_cli import run_workbench
from tests.support.aws_profiles import SECRET, AwsProfiles
from tests.support.workspaces import one_function

CODE = """
    import os
    def handler(event, context):
        print(os.environ["AWS_SECRET_ACCESS_KEY"])
        return os.environ["AWS_ACCESS_KEY_ID"]
"""


def test_credentials_are_chosen_seen_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = AwsProfiles(tmp_path / "aws", monkeypatch)
    profiles.add_process("dev", "ASIAONE")
    root = one_function(tmp_path / "w", CODE)
    before = run_workbench("credentials", "show", "-w", root)
    assert before.stdout.splitlines()[-2:] == [
        "  Function  made up", "Calls of AWS Lambda come to this engine (AWS_ENDPOINT_URL_LAMBDA), of all of them."]
    wrong = run_workbench("credentials", "set", "profile", "nobody", "-w", root)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "There is no AWS profile nobody on this machine." in wrong.stderr
    assert "There are: dev." in wrong.stderr
    chosen = run_workbench("credentials", "set", "profile", "dev", "-w", root)
    assert chosen.stdout.startswith("Functions get: profile dev. Functions act on a real AWS account")
    assert "  Function  profile dev, until " in chosen.stdout
    assert "Calls of AWS Lambda" not in chosen.stdout
    invoked = run_workbench("invoke", "Function", "-w", root, "--sandbox", "process")
    assert '"ASIAONE"' in invoked.stdout
    assert "****" in invoked.stdout
    assert SECRET not in invoked.stdout + invoked.stderr
    forgotten = run_workbench("credentials", "forget", "-w", root, "--json")
    assert json.loads(forgotten.stdout)["choice"]["kind"] == "made-up"


@pytest.mark.parametrize(("arguments", "said"), [
    (("profile",), "No profile is named."), (("profile", "a", "--profile", "b"), "Two profiles are named."),
    (("none", "dev"), "'none' takes no name and no profile."), (("role", "app"), "'app' is not the ARN of a role."),
    (("role",), "No function has the ARN of a role as its Role."), (("profile", "a\nb"), "This cannot be the name of a profile."),
])
def test_what_is_no_choice_is_refused(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    refused = run_workbench("credentials", "set", *arguments, "-w", one_function(tmp_path / "w", CODE))
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
