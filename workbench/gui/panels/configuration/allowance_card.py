"""Below the explanation of a refusal: one click allows what the function lacked, another withdraws it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.model.allowances import Allowance
from workbench.model.refusals import allow_words
from workbench.state.invocation import Invocation


class AllowanceCard(QWidget):
    """Emits `allowance_changed(str function_name, Change)`: see `model.allowances`."""

    allowance_changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._cure = Allowance()
        self.said = PlainLabel()
        self.said.setObjectName("muted")
        self.said.setWordWrap(True)
        self.allow, self.withdraw = QPushButton(), QPushButton(self.tr("Withdraw"))
        for button in (self.allow, self.withdraw):
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.allow.clicked.connect(self._on_allow)
        self.withdraw.clicked.connect(self._on_withdraw)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.allow)
        layout.addWidget(self.withdraw)
        layout.addWidget(self.said, 1)

    def show_invocation(self, invocation: Invocation | None, allowed: Allowance) -> None:
        """Offer what would have helped this invocation; hide if nothing would. `allowed`: what its function has now."""
        refusal = invocation.refusal if invocation is not None else None
        cure = refusal.cure if refusal is not None else None
        self.setVisible(cure is not None)
        if cure is None or invocation is None:
            return
        self._name, self._cure = invocation.function_name, cure
        has_it, what = allowed.has(cure), allow_words(cure)
        had_focus = self.allow.hasFocus() or self.withdraw.hasFocus()
        self.allow.setText(self.tr("Allow {0} for this function").format(_shortened(what)))
        self.allow.setToolTip(self.tr("Let {0} have {1}{2}").format(
            invocation.function_name, what, self.tr(", for reading") if cure.folders else ""))
        self.withdraw.setAccessibleName(self.tr("Stop allowing {0}").format(what))
        self.said.setText(self.tr("{0} is allowed for {1}: invoke it again. The configuration lists what is allowed.").format(
            what, invocation.function_name) if has_it else "")
        self.allow.setVisible(not has_it)
        self.withdraw.setVisible(has_it)
        if had_focus:  # hiding the focused button would throw the keyboard user out of the card
            (self.withdraw if has_it else self.allow).setFocus()

    def _on_allow(self) -> None:
        cure = self._cure  # bound now: the change runs later, when the card may show another invocation
        self.allowance_changed.emit(self._name, lambda before: before.adding(cure))

    def _on_withdraw(self) -> None:
        cure = self._cure
        self.allowance_changed.emit(self._name, lambda before: before.removing(cure))


def _shortened(text: str) -> str:
    """Keep the end of a long path or address, which tells more than its beginning."""
    return text if len(text) <= 44 else f"…{text[-43:]}"
