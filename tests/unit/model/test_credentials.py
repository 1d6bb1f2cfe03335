"""What is said of credentials."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from workbench.model.credentials import CredentialsChoice, FunctionCredentials

ROLE = "arn:aws:iam::123456789012:role/team/app"


@pytest.mark.parametrize(("choice", "words", "is_real"), [
    (CredentialsChoice(), "made up", False),
    (CredentialsChoice(kind="none"), "none", False),
    (CredentialsChoice(kind="profile", profile="dev"), "profile dev", True),
    (CredentialsChoice(kind="role", role_arn=ROLE), f"role {ROLE}", True),
    (CredentialsChoice(kind="role", role_arn=ROLE, profile="dev"), f"role {ROLE} (profile dev)", True),
    (CredentialsChoice(kind="role", profile="dev", own_roles=(ROLE,)), "the role of each function (profile dev)", True),
])
def test_a_choice_is_named_and_explained(choice: CredentialsChoice, words: str, is_real: bool) -> None:
    assert (choice.words(), choice.is_real) == (words, is_real)
    assert ("a real AWS account" in choice.meaning()) is is_real
    assert msgspec.json.decode(msgspec.json.encode(choice), type=CredentialsChoice) == choice


@pytest.mark.parametrize("wrong", [
    {"kind": "profile", "profile": "a\nb"}, {"kind": "role", "roleArn": "arn:aws:iam::1:role/x"},
    {"kind": "role", "roleArn": f"{ROLE}\n"}, {"kind": "role", "ownRoles": [""]}, {"kind": "real"},
    {"kind": "profile", "profile": "x" * 257},
])
def test_what_is_no_choice_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, CredentialsChoice)


def test_what_a_function_gets_is_said_in_a_line() -> None:
    now = datetime(2026, 11, 30, 13, 5).astimezone()
    until_ms = (now + timedelta(hours=1)).timestamp() * 1000
    dev = FunctionCredentials(function="F", source="profile dev", is_real=True, account="123456789012", expires_ms=until_ms)
    assert dev.sentence(now) == "profile dev (account 123456789012), until 14:05"
    assert dev.sentence(now - timedelta(days=1)) == "profile dev (account 123456789012), until 2026-11-30 14:05"
    assert FunctionCredentials(function="F", source="made up").sentence() == "made up"
