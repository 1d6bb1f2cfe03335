"""The program that asks botocore for credentials: one question on its standard input, one answer on its standard output.

It is a process of its own, so that whatever a profile runs (`credential_process`) or waits for can be ended, botocore's 30 MB are
not the engine's, and nothing can ask a person anything: it has no terminal. It imports nothing of ours.
Source: AWS SDKs and Tools reference guide, "Settings reference" and "Standardized credential providers".
"""

from __future__ import annotations

import gc
import json
import os
import sys
from typing import Any

_SESSION_NAME = "lambda-workbench"
"""The name of assumed roles' sessions, by which AWS's own records show who it was."""
_OF_THE_MACHINE = ("env", "iam-role", "container-role", "boto-config", "ec2-credentials-file")
"""Where botocore looks as well if a profile has no credentials. A person who names a profile means that one."""
_MOST = 600


class Failure(Exception):
    """Why there are none: a `code` for the engine's words, and what AWS, botocore or the profile's own program says."""

    def __init__(self, code: str, said: object = "") -> None:
        super().__init__(code)
        self.code = code
        self.said = " ".join(str(said).split())[:_MOST]


def main() -> None:
    """Answer one question."""
    question = json.load(sys.stdin)
    try:
        answer = {"profiles": _profiles()} if question.get("lists") else {"credentials": _credentials(question)}
    except Failure as failure:
        answer = {"failure": {"code": failure.code, "said": failure.said, "profiles": _profiles_if_any()}}
    sys.stdout.write(json.dumps(answer))


def _credentials(question: dict[str, str]) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _resolved(question["profile"], question["roleArn"], question["region"])
    except ClientError as error:
        said = error.response.get("Error", {})
        raise Failure("refused", f"{said.get('Code', '')}: {said.get('Message', '')} ({error.operation_name})") from None
    except BotoCoreError as error:
        raise Failure(_code(error), error) from None
    except OSError as error:
        raise Failure("process", f"{error.strerror or error}: {error.filename}" if error.filename else error) from None
    except Failure:
        raise
    except Exception as error:
        raise Failure("other", f"{type(error).__name__}: {error}") from None


def _resolved(profile: str, role_arn: str, region: str) -> dict[str, Any]:
    from botocore.session import Session

    session = Session(profile=profile or None)
    _refuse_codes(session.full_config.get("profiles", {}), profile or session.get_config_variable("profile") or "default")
    if profile:
        resolver = session.get_component("credential_provider")
        for method in _OF_THE_MACHINE:
            resolver.remove(method)
    credentials = session.get_credentials()
    if credentials is None:
        raise Failure("none")
    region = session.get_config_variable("region") or region
    if role_arn:
        return _assumed(session, role_arn, region)
    frozen = credentials.get_frozen_credentials()
    expires = getattr(credentials, "_expiry_time", None)  # botocore tells it nowhere else; the AWS CLI reads it so as well
    return {"accessKeyId": frozen.access_key, "secretAccessKey": frozen.secret_key, "sessionToken": frozen.token or "",
            "expiresMs": expires.timestamp() * 1000 if expires is not None else None,
            "account": _account(session, region) or getattr(frozen, "account_id", None) or ""}


def _assumed(session: Any, role_arn: str, region: str) -> dict[str, Any]:
    given = _sts(session, region).assume_role(RoleArn=role_arn, RoleSessionName=_SESSION_NAME)["Credentials"]
    return {"accessKeyId": given["AccessKeyId"], "secretAccessKey": given["SecretAccessKey"],
            "sessionToken": given["SessionToken"], "expiresMs": given["Expiration"].timestamp() * 1000,
            "account": role_arn.split(":")[4]}


def _account(session: Any, region: str) -> str:
    """Return whose they are, which shows as well whether AWS takes them; "" if AWS cannot be reached."""
    from botocore.exceptions import BotoCoreError, HTTPClientError

    try:
        return str(_sts(session, region).get_caller_identity()["Account"])
    except (HTTPClientError, ConnectionError):
        return ""
    except BotoCoreError as error:
        if _code(error) == "unreachable":
            return ""
        raise


def _sts(session: Any, region: str) -> Any:
    from botocore.config import Config

    limits = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})
    return session.create_client("sts", region_name=region, config=limits)


def _refuse_codes(profiles: dict[str, dict[str, Any]], name: str) -> None:
    """Refuse a profile that asks the person for a code (MFA), also for the role that it assumes with another profile."""
    seen: set[str] = set()
    while name in profiles and name not in seen:
        seen.add(name)
        if "mfa_serial" in profiles[name] and "role_arn" in profiles[name]:
            raise Failure("code", profiles[name]["mfa_serial"])
        name = profiles[name].get("source_profile", "")


def _code(error: Exception) -> str:
    """Return our code for a failure of botocore's, by the first of its kinds that we know."""
    known = {
        "ProfileNotFound": "unknown", "SSOError": "sso", "TokenRetrievalError": "sso", "LoginError": "login",
        "CredentialRetrievalError": "process", "PartialCredentialsError": "configuration", "InvalidConfigError": "configuration",
        "ConfigParseError": "configuration", "UnknownCredentialError": "configuration", "ConnectionError": "unreachable",
        "HTTPClientError": "unreachable", "NoCredentialsError": "none",
    }
    return next((known[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in known), "other")


def _profiles() -> list[str]:
    from botocore.session import Session

    return list(Session().available_profiles)


def _profiles_if_any() -> list[str]:
    """The same for a sentence about another failure, which may be that of the configuration itself."""
    from botocore.exceptions import BotoCoreError

    try:
        return _profiles()
    except BotoCoreError:
        return []


if __name__ == "__main__":
    gc.disable()  # it is over before there is much garbage
    try:
        main()
    except ImportError as error:
        sys.exit(f"botocore cannot be imported: {error}")
    sys.stdout.flush()
    os._exit(0)  # at once: taking botocore apart would take a tenth of the time that importing it did
