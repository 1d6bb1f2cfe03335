"""Values of parameters with NoEcho, and those that dynamic references gave, masked where events show them.

Source: CloudFormation guide, "Parameters syntax": such a value is masked in all calls that describe the stack or stack events.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from workbench.engine.cloudformation.parameters import MASKED
from workbench.engine.cloudformation.records import Submission

_SHORT = 4
"""Values shorter than this are masked only where they stand alone: within other words they would mask what is no secret."""


def secrets_of(submission: Submission) -> frozenset[str]:
    """Return the values that nobody is shown."""
    texts = (values.get(name, "") for name in submission.no_echo for values in (submission.parameters, submission.resolved))
    return frozenset(text for text in texts if text)


def masked(value: Any, secrets: Collection[str]) -> Any:
    """Return a value of a template, or a sentence, with secrets masked; names of members stay."""
    if isinstance(value, str):
        return _masked_text(value, secrets)
    if isinstance(value, Mapping):
        return {name: masked(each, secrets) for name, each in value.items()}
    return [masked(each, secrets) for each in value] if isinstance(value, list | tuple) else value


def _masked_text(text: str, secrets: Collection[str]) -> str:
    if text in secrets:
        return MASKED
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORT:
            text = text.replace(secret, MASKED)
    return text
