"""Whose functions these are, as far as ARNs and documents tell."""

from __future__ import annotations

ACCOUNT_ID = "123456789012"
"""The account in ARNs: AWS's documentation account, which belongs to nobody."""
