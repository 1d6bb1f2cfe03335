"""Credentials that are valid in form and belong to no account."""

from __future__ import annotations

import secrets

from workbench.engine.credentials.values import Given

NONE = Given(variables={"AWS_EC2_METADATA_DISABLED": "true"})
"""No credentials, and no search for those of the machine in a cloud that this may be. Source: AWS SDKs and Tools reference guide,
"IMDS client"."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def made_up() -> Given:
    """Return new ones. The access key has the right form, so that SDKs do not look for those of an instance."""
    random = secrets.SystemRandom()
    return Given(variables={
        "AWS_ACCESS_KEY_ID": "ASIA" + "".join(random.choices(_ALPHABET, k=16)),
        "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
        "AWS_SESSION_TOKEN": secrets.token_urlsafe(150),
    })
