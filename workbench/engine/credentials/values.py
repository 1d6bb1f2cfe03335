"""What credentials are asked for, and what is answered. Nothing here shows a secret, however it is printed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Whose credentials: a profile's ("": what the AWS CLI would use without one), or a role's that is assumed with them.

    `region` is where STS is asked, unless the profile names another.
    """

    profile: str = ""
    role_arn: str = ""
    region: str = "us-east-1"

    def words(self) -> str:
        """Name it in a sentence."""
        by = f"profile {self.profile}" if self.profile else "your usual AWS credentials"
        return f"role {self.role_arn} (with {by})" if self.role_arn else by


class Resolved(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Credentials as AWS or a profile gave them. `expires_ms` is epoch time, None for those that do not expire."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""
    expires_ms: float | None = None
    account: str = ""

    def __repr__(self) -> str:
        return f"Resolved({self.access_key_id}, ****)"

    def variables(self) -> dict[str, str]:
        """Return the variables by which a function has them."""
        given = {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
                 "AWS_SESSION_TOKEN": self.session_token}
        return {name: value for name, value in given.items() if value}


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials in use. `due_ms` (epoch): when others take their place, some time before they expire; None for never.

    `files`: the state of the AWS configuration that they came from.
    """

    credentials: Resolved
    due_ms: float | None
    files: object


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What one environment gets: its variables, and what of them must not be shown. `held`: None unless they are real."""

    variables: Mapping[str, str]
    secrets: tuple[str, ...] = ()
    held: Held | None = None

    def __repr__(self) -> str:
        return f"Given({', '.join(self.variables)})"
