"""`workbench credentials`: shows, chooses and withdraws the AWS credentials of a workspace's functions."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from workbench.cli.invoke import engine_of
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.client.api import EngineClient
from workbench.client.credentials import CredentialsCalls
from workbench.model.credentials import (
    LAMBDA_HERE,
    ROLE_PATTERN,
    CredentialsChoice,
    CredentialsKind,
    CredentialsReport,
    FunctionCredentials,
)
from workbench.model.failures import InvalidInput
from workbench.model.shown import shown
from workbench.workspace.locating.options import Options


def show_credentials(workspace: Path, *, as_json: bool) -> int:
    """Print what was chosen, and what each function gets. Returns exit status 0; raises WorkbenchError."""
    return _told(workspace, lambda calls: calls.report(), as_json=as_json)


def choose_credentials(workspace: Path, choice: CredentialsChoice, *, as_json: bool) -> int:
    """Choose, and print the same. Returns exit status 0; raises WorkbenchError if real ones may not or cannot be had."""
    async def choose(calls: CredentialsCalls) -> CredentialsReport:
        return await calls.choose(await _with_roles(calls, choice))

    return _told(workspace, choose, as_json=as_json)


def forget_credentials(workspace: Path, *, as_json: bool) -> int:
    """Have made-up ones again, and print the same. Returns exit status 0; raises WorkbenchError."""
    return _told(workspace, lambda calls: calls.forget(), as_json=as_json)


def choice_of(kind: CredentialsKind, name: str, profile: str) -> CredentialsChoice:
    """Return what the arguments of a command choose. Raises InvalidInput."""
    if kind == "profile" and not (name or profile):
        raise InvalidInput("No profile is named.", "Name one: workbench credentials set profile NAME.")
    if kind == "profile" and name and profile:
        raise InvalidInput("Two profiles are named.", "Name one: workbench credentials set profile NAME.")
    if kind in ("none", "made-up") and (name or profile):
        raise InvalidInput(f"'{kind}' takes no name and no profile.", f"workbench credentials set {kind}")
    if kind == "role" and name and not re.fullmatch(ROLE_PATTERN, name):
        raise InvalidInput(f"{name[:200]!r} is not the ARN of a role.", "It is like arn:aws:iam::123456789012:role/NAME.")
    try:
        named = {"profile": name or profile} if kind == "profile" else {"profile": profile, "roleArn": name}
        return msgspec.convert({"kind": kind, **named}, CredentialsChoice)
    except msgspec.ValidationError as error:
        raise InvalidInput("This cannot be the name of a profile.", "workbench credentials set profile NAME") from error


def words(report: CredentialsReport) -> str:
    """Format a report for the terminal."""
    choice = report.choice
    lines = [f"Functions get: {choice.words()}. {choice.meaning()}", *([report.note] if report.note else [])]
    width = max((len(each.function) for each in report.functions), default=0)
    for each in report.functions:
        lines += [f"  {each.function:<{width}}  {each.sentence()}", *_remarks(each, report, " " * (width + 4))]
    return "\n".join([*lines, *_led_here(report)]) + "\n"


def _led_here(report: CredentialsReport) -> list[str]:
    """Say whose calls of AWS Lambda come to this engine; nothing if nobody's do."""
    led = [each.function for each in report.functions if each.calls_lambda_here]
    whose = ", ".join(led) if len(led) < len(report.functions) else "all of them"
    return [f"{LAMBDA_HERE}, of {whose}."] if led else []


def _remarks(function: FunctionCredentials, report: CredentialsReport, margin: str) -> list[str]:
    note = function.note if function.note != report.note else ""
    return [f"{margin}{text}" for text in (note, function.problem) if text]


async def _with_roles(calls: CredentialsCalls, choice: CredentialsChoice) -> CredentialsChoice:
    """Name the roles that functions name themselves, if those are chosen: the person agrees to what is printed."""
    if choice.kind != "role" or choice.role_arn:
        return choice
    roles = (await calls.report()).own_roles
    if not roles:
        raise InvalidInput("No function has the ARN of a role as its Role.",
                           "Name one role for all: workbench credentials set role arn:aws:iam::123456789012:role/NAME.")
    return msgspec.structs.replace(choice, own_roles=roles)


def _told(workspace: Path, ask: Callable[[CredentialsCalls], Awaitable[CredentialsReport]], *, as_json: bool) -> int:
    async def asked(client: EngineClient) -> CredentialsReport:
        await client.refresh()
        return await ask(client.credentials)

    async def answered() -> CredentialsReport:
        async with engine_of(workspace, Options()) as client:
            return await asked(client)

    report = run(answered())
    if as_json:
        write_json(msgspec.json.encode(report))
    else:
        sys.stdout.write(shown(words(report)))
    return 0
