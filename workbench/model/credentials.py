"""Which AWS credentials the functions of a workspace get, as the person chose, and what a function has by it.

    made-up    valid in form, and known to no account: nothing reaches a real one by accident. The default.
    none       the function has no credentials at all.
    profile    those of a profile of this machine's AWS configuration.
    role       temporary ones of a role that is assumed: one role for all, or the role of each function.

The last two are real. They are only ever used for a workspace for which the person asked for them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from workbench.model.shown import shown

CredentialsKind = Literal["made-up", "none", "profile", "role"]
_ROLE = "arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}"
ROLE_PATTERN = rf"\A{_ROLE}\Z"
"""Source: IAM API reference, the patterns of Arn, Path and RoleName; the longest path and name have 512 and 64 characters."""
RoleArn = Annotated[str, msgspec.Meta(pattern=ROLE_PATTERN)]
ProfileName = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x1f\x7f]{0,256}\Z")]
_MOST_ROLES = 1_000
LAMBDA_HERE = "Calls of AWS Lambda come to this engine (AWS_ENDPOINT_URL_LAMBDA)"
"""What `FunctionCredentials.calls_lambda_here` means, to be ended as a sentence."""


class CredentialsChoice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the person chose for a workspace.

    `profile`: whose credentials functions get, or with which the role is assumed ("": as the AWS CLI would without a profile).
    `role_arn`: the role that is assumed for all functions; "" for each function's own, of which only those in `own_roles` are
    assumed: the person has seen these, and a template that names another later does not get it.
    """

    kind: CredentialsKind = "made-up"
    profile: ProfileName = ""
    role_arn: Annotated[str, msgspec.Meta(pattern=rf"\A({_ROLE})?\Z")] = ""
    own_roles: Annotated[tuple[RoleArn, ...], msgspec.Meta(max_length=_MOST_ROLES)] = ()

    @property
    def is_real(self) -> bool:
        """Whether functions act on a real account by it."""
        return self.kind in ("profile", "role")

    def words(self) -> str:
        """Name the choice, as on a function: `made up`, `none`, `profile dev`, `role arn:… (profile dev)`."""
        if self.kind == "profile":
            return f"profile {shown(self.profile)}"
        if self.kind == "role":
            by = f" (profile {shown(self.profile)})" if self.profile else ""
            return f"role {self.role_arn}{by}" if self.role_arn else f"the role of each function{by}"
        return "none" if self.kind == "none" else "made up"

    def meaning(self) -> str:
        """Say in one or two sentences what the choice means for functions."""
        if self.kind == "profile":
            return (f"Functions act on a real AWS account, with everything that profile {shown(self.profile)} may do. What they "
                    "create there is real, and so is what it costs.")
        if self.kind == "role":
            whose = "this role" if self.role_arn else "their own Role in the template"
            return (f"Functions act on a real AWS account, with what {whose} may do. What they create there is real, and so is "
                    "what it costs.")
        if self.kind == "none":
            return "Functions find no credentials: an AWS SDK refuses to sign a request, and nothing reaches an account."
        return "Valid in form, and known to no account: nothing that a function does reaches a real one by accident."


MADE_UP = CredentialsChoice()


class FunctionCredentials(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one function gets now. None of it is secret.

    `source`: whose credentials, see `CredentialsChoice.words`. `account` and `expires_ms` (epoch): once they are known, "" and
    None for what has none. `note`: why the function gets others than the person chose. `problem`: why it could get
    none the last time. `calls_lambda_here`: whether its calls of AWS Lambda, and of no other service, are led to this engine.
    """

    function: str
    source: str
    is_real: bool = False
    account: str = ""
    expires_ms: float | None = None
    note: str = ""
    problem: str = ""
    calls_lambda_here: bool = False

    def sentence(self, now: datetime | None = None) -> str:
        """Say it in one line: `profile dev (account 123456789012), until 14:05`. Times are those of this machine."""
        whose = f"{self.source} (account {self.account})" if self.account else self.source
        if self.expires_ms is None:
            return whose
        today, until = now or datetime.now().astimezone(), datetime.fromtimestamp(self.expires_ms / 1000).astimezone()
        return f"{whose}, until {until:%H:%M}" if until.date() == today.date() else f"{whose}, until {until:%Y-%m-%d %H:%M}"


class CredentialsReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The person's choice for a workspace, and what each function gets by it.

    `note`: why the choice is not in force, "" if it is. `own_roles`: the roles that functions name themselves.
    """

    choice: CredentialsChoice = MADE_UP
    note: str = ""
    functions: tuple[FunctionCredentials, ...] = ()
    own_roles: tuple[str, ...] = ()

    def of(self, function_name: str) -> FunctionCredentials | None:
        """Return what a function gets, by its name; None if there is none of this name."""
        return next((each for each in self.functions if each.function == function_name), None)


class ProfilesFound(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The profiles of the engine's machine by name, in the order of the AWS configuration."""

    profiles: tuple[str, ...] = ()
