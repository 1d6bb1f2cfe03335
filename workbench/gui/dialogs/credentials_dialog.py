"""Which AWS credentials the functions of a workspace get. Real ones are asked for here, and nowhere by accident."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.gui.dialogs.engine_dialog import EngineDialog
from workbench.gui.dialogs.form_dialog import Note
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.model.credentials import ROLE_PATTERN, CredentialsChoice, CredentialsKind, CredentialsReport

_NAMES: Mapping[CredentialsKind, str] = {
    "made-up": "Made-up ones",
    "none": "None",
    "profile": "Those of an AWS profile of this machine",
    "role": "Those of a role that is assumed",
}
_USUAL = "As the AWS CLI without --profile"
_STORED = "Kept for you and this folder alone, in your own settings. Credentials themselves are never stored."
_SHOWN_ROLES = 4


class CredentialsDialog(EngineDialog):
    """Emits `chosen(CredentialsChoice)`. `kind`, `profile` and `role` are its fields."""

    def __init__(self, report: CredentialsReport, parent: QWidget | None = None) -> None:
        super().__init__("Credentials of functions", "Apply", parent)
        self._report = report
        self.kind, self.profile, self.role = FlatCombo(), FlatCombo(), QLineEdit(report.choice.role_arn)
        self._meaning, self._own_roles = Note(""), Note(_own_roles(report.own_roles))
        self._fill(report.choice)
        for title, field in (("Functions get", self.kind), ("Profile", self.profile), ("Role", self.role)):
            field.setAccessibleName(title)
            self.form.addRow(title, field)
        self.form.addRow("", self._own_roles)
        self.form.addRow("", self._meaning)
        self.form.addRow("", Note(_STORED))
        for changed in (self.kind.currentIndexChanged, self.profile.currentIndexChanged, self.role.textChanged):
            changed.connect(self._settle)
        self.setMinimumWidth(600)
        self._settle()
        self.kind.setFocus()

    @property
    def meaning(self) -> str:
        """The sentence about what the choice means."""
        return self._meaning.text()

    def show_profiles(self, profiles: Sequence[str]) -> None:
        """Offer these profiles. The one that is chosen already stays, whether it is among them or not."""
        for profile in profiles:
            if self.profile.findData(profile) < 0:
                self.profile.addItem(profile, profile)

    def choice(self) -> CredentialsChoice:
        """Return the choice as the fields have it."""
        kind: CredentialsKind = self.kind.currentData()
        profile = self.profile.currentData() if kind in ("profile", "role") else ""
        role = self.role.text().strip() if kind == "role" else ""
        own = self._report.own_roles if kind == "role" and not role else ()
        return CredentialsChoice(kind=kind, profile=profile, role_arn=role, own_roles=own)

    def problem(self) -> str:
        """Return what is missing or is no ARN; whether the credentials can be had, the engine finds out."""
        choice = self.choice()
        if choice.kind == "profile" and not choice.profile:
            return "Choose a profile."
        if choice.kind == "role" and choice.role_arn and not re.fullmatch(ROLE_PATTERN, choice.role_arn):
            return "The ARN of a role is like arn:aws:iam::123456789012:role/NAME."
        if choice.kind == "role" and not choice.role_arn and not choice.own_roles:
            return "Name a role: no function has the ARN of one as its Role in the template."
        return ""

    def hand_over(self) -> None:
        """Emit the choice."""
        choice = self.choice()
        self.tell("Asking AWS for them …" if choice.is_real else "")
        self.chosen.emit(choice)

    def _fill(self, choice: CredentialsChoice) -> None:
        for kind, name in _NAMES.items():
            self.kind.addItem(name, kind)
        self.kind.setCurrentIndex(self.kind.findData(choice.kind))
        self.profile.addItem(_USUAL, "")
        if choice.profile:
            self.profile.addItem(choice.profile, choice.profile)
            self.profile.setCurrentIndex(1)
        self.role.setPlaceholderText("Empty: each function's own Role")

    def _settle(self, *_: object) -> None:
        """Show the fields that the choice has, and what it means."""
        kind = self.kind.currentData()
        self.form.setRowVisible(self.profile, kind in ("profile", "role"))
        self.form.setRowVisible(self.role, kind == "role")
        self.form.setRowVisible(self._own_roles, kind == "role" and not self.role.text().strip() and bool(self._report.own_roles))
        self.refresh()
        choice = CredentialsChoice(kind=kind) if self.problem() else self.choice()
        self._meaning.setText(choice.meaning() if not self.problem() or not choice.is_real else "")


def _own_roles(roles: Sequence[str]) -> str:
    more = f"\nand {len(roles) - _SHOWN_ROLES} more" if len(roles) > _SHOWN_ROLES else ""
    return "The functions' own, of which you agree to these:\n" + "\n".join(roles[:_SHOWN_ROLES]) + more
