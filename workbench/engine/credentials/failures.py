"""Why credentials could not be had, in a sentence, and what to do about it. AWS's own words come first."""

from __future__ import annotations

import msgspec

from workbench.engine.credentials.values import Source
from workbench.model.failures import CredentialsUnavailable
from workbench.model.shown import shown

OTHERS = "Or have made-up credentials again: workbench credentials forget."
_MOST_LISTED = 20


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """What `asking_program` answers: its code, what was said, and the profiles that there are."""

    code: str
    said: str = ""
    profiles: tuple[str, ...] = ()


def unavailable(source: Source, failed: Failed) -> CredentialsUnavailable:
    """Return the error for the person."""
    message, hint = _words(source, failed)
    return CredentialsUnavailable(shown(message), shown(f"{hint} {OTHERS}"))


def none_in_time(source: Source, limit_s: float) -> CredentialsUnavailable:
    """Return the error for credentials that did not come within the limit."""
    message = f"There are no credentials of {source.words()}: none came within {limit_s:.0f} seconds."
    return CredentialsUnavailable(message, f"See whether the AWS CLI gets them: {_check(source)}. {OTHERS}")


def expired(source: Source) -> CredentialsUnavailable:
    """Return the error for credentials that had expired when they came."""
    return CredentialsUnavailable(f"The credentials of {source.words()} have expired.",
                                  f"Renew them as you did before, and see whether AWS takes them: {_check(source)}. {OTHERS}")


def _words(source: Source, failed: Failed) -> tuple[str, str]:
    name, said = source.profile or "default", f"{failed.said.rstrip('.')}." if failed.said else ""
    none = f"There are no credentials of {source.words()}"
    if failed.code == "unknown":
        return f"There is no AWS profile {name} on this machine.", _listed(failed.profiles)
    if failed.code == "sso":
        return f"{said} {none}.".strip(), f"Sign in again: aws sso login{_option(source)}."
    if failed.code == "login":
        return f"{said} {none}.".strip(), f"Sign in again: aws login{_option(source)}."
    if failed.code == "refused":
        return f"{said} {_refused(source)}", f"See who you are there: {_check(source)}. {_cure(source)}"
    if failed.code == "process":
        return f"{none}: {said}", f"Correct what profile {name} runs or reads for them in your AWS configuration."
    if failed.code == "none":
        return f"{none}: none are configured.", f"Configure some: aws configure{_option(source)}."
    if failed.code == "code":
        return (f"{none}: it asks for a code of {failed.said}, and an engine cannot ask you for one.",
                "Name a profile that has a session already, such as one of aws sso login or of a credential_process.")
    if failed.code == "unreachable":
        return f"{none}: AWS cannot be reached. {said}".strip(), "Check this machine's network and proxy."
    if failed.code == "configuration":
        return f"{none}: {said}", "Correct your AWS configuration (~/.aws/config and ~/.aws/credentials)."
    return f"{none}: {said}", f"See what the AWS CLI says: {_check(source)}."


def _refused(source: Source) -> str:
    if source.role_arn:
        return f"The role {source.role_arn} was not assumed."
    return f"AWS does not take the credentials of {source.words()}."


def _cure(source: Source) -> str:
    if source.role_arn:
        return "The role's trust policy has to name you, and your own policies have to allow sts:AssumeRole on it."
    return "Renew them."


def _listed(profiles: tuple[str, ...]) -> str:
    if not profiles:
        return "There are no profiles at all: aws configure makes one."
    more = f" and {len(profiles) - _MOST_LISTED} more" if len(profiles) > _MOST_LISTED else ""
    return f"There are: {', '.join(profiles[:_MOST_LISTED])}{more}."


def _option(source: Source) -> str:
    return f" --profile {source.profile}" if source.profile else ""


def _check(source: Source) -> str:
    return f"aws sts get-caller-identity{_option(source)}"
