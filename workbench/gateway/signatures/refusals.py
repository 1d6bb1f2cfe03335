"""Why a request's signature is refused, in the service's words. Our hints say what to do.

Source: Lambda API reference, "Common errors"; IAM user guide, "Troubleshoot signed requests for AWS APIs"; recorded answers.
"""

from __future__ import annotations

from workbench.model.failures import ServiceError

_KEYS = "workbench keys add makes a key that this engine accepts."


def missing() -> ServiceError:
    """The request is not signed."""
    return _refused("MissingAuthenticationTokenException", "Missing Authentication Token",
                    f"Beyond this machine's loopback interface, every request must be signed. {_KEYS}")


def incomplete(message: str) -> ServiceError:
    """What is there is no whole signature."""
    return _refused("IncompleteSignatureException", message, "")


def unknown_key() -> ServiceError:
    """The access key is not one that was issued here."""
    return _refused("UnrecognizedClientException", "The security token included in the request is invalid.", _KEYS)


def session_token() -> ServiceError:
    """The request has a session token: keys that are issued here have none."""
    return _refused("UnrecognizedClientException", "The security token included in the request is invalid.",
                    "The keys of this engine have no session token: unset AWS_SESSION_TOKEN.")


def invalid(message: str) -> ServiceError:
    """What is signed may not be accepted: another time, service or scope."""
    return _refused("InvalidSignatureException", message, "")


def mismatch() -> ServiceError:
    """The signature is another one than the secret key makes of this request."""
    return _refused("InvalidSignatureException",
                    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
                    "Key and signing method. Consult the service documentation for details.",
                    "The secret access key is another one, or the request was changed on its way.")


def _refused(code: str, message: str, hint: str) -> ServiceError:
    return ServiceError(code, 403, message, hint=hint, fault="")
