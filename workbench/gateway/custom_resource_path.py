"""Where custom resources of stacks answer."""

from __future__ import annotations

RESPONSES = "/cloudformation-custom-resource-response/"
"""The path; what follows is the token of one answer, which only the function that gives it was told."""
