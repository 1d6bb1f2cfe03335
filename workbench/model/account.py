"""The AWS account that functions belong to in ARNs and documents."""

from __future__ import annotations

ACCOUNT_ID = "123456789012"
"""The account ID in ARNs: the one from AWS's documentation, which belongs to nobody."""
