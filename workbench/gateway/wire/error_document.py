"""The body of an error, spelled as the model has it: some exceptions have `message`, some `Message`.

Source: botocore's service model; recorded answers of the service for what it leaves out.
"""

from __future__ import annotations

from workbench.gateway.wire.service_model import service_model

_IN_LOWER_CASE = frozenset({"ValidationException", "SerializationException", "MissingAuthenticationTokenException",
                            "IncompleteSignatureException", "UnrecognizedClientException", "InvalidSignatureException"})
"""Errors of the service's front end that have `message`."""


def error_document(code: str, message: str, fault: str) -> dict[str, str | None]:
    """Return the body. `fault` is its `Type`, "" for an error that is known to have none. "" as the message is null."""
    shape = service_model().shapes.get(code)
    if shape is None:  # what the service's front end answers, before there is an operation
        spelling = "message" if code in _IN_LOWER_CASE else "Message"
        return {spelling: message or None}
    spelling = "Message" if "Message" in shape.members else "message"
    return {**({"Type": fault} if fault else {}), spelling: message or None}
