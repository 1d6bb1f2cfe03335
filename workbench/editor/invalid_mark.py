"""Marks a field whose text cannot be used."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

INVALID = "invalid"
"""The name by which the window's style sheet knows such a field."""


def mark_invalid(field: QLineEdit, problem: str) -> None:
    """Mark a field, and tell screen readers the problem; "" takes the mark away."""
    name = INVALID if problem else ""
    field.setAccessibleDescription(problem)
    if field.objectName() != name:
        field.setObjectName(name)
        field.style().unpolish(field)
        field.style().polish(field)
