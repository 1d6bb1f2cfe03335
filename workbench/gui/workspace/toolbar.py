"""The top of the window: function, event, Invoke, sandbox and cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.icons import icon, icon_pixmap
from workbench.gui.look.scale import strong
from workbench.gui.look.theme import Theme
from workbench.gui.workspace.sandbox_chip import SandboxChip
from workbench.gui.workspace.toolbar_parts import (
    INVOKE,
    KEY,
    chip_button,
    chooser,
    debug_button,
    fill_chooser,
    invoke_button,
    leave_button,
    send_button,
    tenant_field,
)
from workbench.model.function_version import LATEST
from workbench.model.value import Value


class _Spare(Value):
    """A part that can be left out: what shows or hides it, and the room that it takes."""

    show: Callable[[bool], object]
    width_px: int


class Toolbar(QFrame):
    """Signals: `function_chosen(str logical_id)`, `qualifier_chosen(str)`, `event_chosen(str key)`, `sandbox_chosen(str kind)`;
    `leave_wanted()` to end a presentation.
    """

    function_chosen = Signal(str)
    qualifier_chosen = Signal(str)
    event_chosen = Signal(str)
    sandbox_chosen = Signal(str)
    leave_wanted = Signal()

    def __init__(
        self, invoke: QAction, send: QAction, debug: QAction, cost: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("toolbar")
        self._theme: Theme | None = None
        self._logo = PlainLabel()
        self._workspace = PlainLabel()
        self.functions = chooser("Function to invoke", 16)
        self.qualifiers = chooser("Version or alias to invoke", 14)
        self.tenant = tenant_field()
        self.events = chooser("Event to send", 16)
        # `activated` and not `currentIndexChanged`: only a person's choice, not the model filling the box again.
        self.functions.activated.connect(self._on_function_activated)
        self.qualifiers.activated.connect(self._on_qualifier_activated)
        self.events.activated.connect(self._on_event_activated)
        self.invoke = invoke_button(invoke)
        self.send = send_button(send)
        self._debug = debug
        self.debug = debug_button(debug)
        debug.toggled.connect(self._paint_debug)
        self.sandbox = SandboxChip()
        self.sandbox.chosen.connect(self.sandbox_chosen)
        self.cost = chip_button("Cost of a million invocations")
        self.cost.clicked.connect(cost.trigger)
        self.leave = leave_button()
        self.leave.clicked.connect(self.leave_wanted)
        self._is_presenting = False
        self._lay_out()
        self.show_cost("")

    def show_workspace(self, name: str) -> None:
        """Show the open workspace's name."""
        self._workspace.setText(name)

    def show_functions(self, names: list[tuple[str, str]], current: str) -> None:
        """Show the functions as (logical ID, name); `current` is the chosen logical ID."""
        fill_chooser(self.functions, names, current, "No function")

    def show_qualifiers(self, qualifiers: Sequence[str], current: str) -> None:
        """Show what of the chosen function can be invoked: `$LATEST`, aliases, versions."""
        fill_chooser(self.qualifiers, [(each, each) for each in qualifiers], current, LATEST)
        self.qualifiers.setEnabled(len(qualifiers) > 1)

    def ask_for_tenant(self, *, wanted: bool) -> None:
        """Show the field for the tenant that Invoke is for, or hide it: only some functions isolate tenants."""
        self.tenant.setVisible(wanted)

    def show_events(self, names: list[tuple[str, str]], current: str) -> None:
        """Show the events as (key, title); `current` is the chosen key."""
        fill_chooser(self.events, names, current, "Empty event {}")

    def show_cost(self, text: str, tip: str = "", cold: str = "") -> None:
        """Show the price of a million invocations like those measured, `cold` of them in new environments ("1 %").

        "" before there is one. The strip's figure is another one: that of a million like the one that is shown.
        """
        self.cost.setText(f"1M, {cold} cold  {text}" if text else "Cost / 1M  –")
        self.cost.setToolTip(tip)

    def present(self, *, is_on: bool) -> None:
        """Offer to an audience only what it needs: what is invoked, with what, and the way out. Or everything again."""
        self._is_presenting = is_on
        for part in (self._logo, self.qualifiers, self.debug, self.sandbox):
            part.setVisible(not is_on)
        self.leave.setVisible(is_on)
        self._make_room()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors for the icons."""
        self._logo.setPixmap(icon_pixmap("lambda", theme.accent, 18))
        self.invoke.setIcon(icon("play", theme.accent_text))
        self.sandbox.set_theme(theme)
        self._theme = theme
        self._paint_debug()

    def _lay_out(self) -> None:
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(12, 7, 12, 7)
        layout.setSpacing(9)
        self._workspace.setFont(strong(self._workspace.font()))
        self._workspace.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        for widget in (self._logo, self._workspace, self.functions, self.qualifiers, self.tenant, self.events,
                       self.invoke, self.send, self.debug):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self.sandbox)
        layout.addWidget(self.cost)
        layout.addWidget(self.leave)

    def minimumSizeHint(self) -> QSize:
        """Room for what is never left out."""
        return QSize(self._least_px(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for: what can be seen elsewhere too, one after the other, until the rest fits."""
        super().resizeEvent(event)
        self._make_room()

    def event(self, event: QEvent) -> bool:
        """Do so too when a text has become longer or shorter."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._make_room()
        return super().event(event)

    def _make_room(self) -> None:
        spare = self._spare()
        needed_px = self._least_px() + sum(each.width_px for each in spare)
        for each in spare:
            is_out = self._is_presenting or needed_px > self.width()
            needed_px -= each.width_px if is_out else 0
            each.show(not is_out)

    def _least_px(self) -> int:
        """The width without anything that can be left out."""
        margins, kept = self._row.contentsMargins(), [self._logo, self.functions, self.qualifiers, self.events, self.debug]
        if not self.tenant.isHidden():
            kept.append(self.tenant)
        # Of a long name only the beginning is never left out.
        fixed_px = sum(min(part.minimumSizeHint().width(), 2 * part.minimumWidth() or part.minimumSizeHint().width())
                       for part in kept)
        invoke_px = self.invoke.sizeHint().width() - (self._key_px if self.invoke.text() == INVOKE + KEY else 0)
        return (margins.left() + margins.right() + fixed_px + invoke_px + self.sandbox.least_px
                + (len(kept) + 2) * self._row.spacing())

    @property
    def _key_px(self) -> int:
        return self.invoke.fontMetrics().horizontalAdvance(KEY)

    def _spare(self) -> tuple[_Spare, ...]:
        """What is left out where there is little room, in this order."""
        gap_px = self._row.spacing()
        return (
            _Spare(self.cost.setVisible, self.cost.sizeHint().width() + gap_px),
            _Spare(self._show_key, self._key_px),
            _Spare(self._show_whole_sandbox, self.sandbox.spare_px),
            _Spare(self._workspace.setVisible, self._workspace.sizeHint().width() + gap_px),
            _Spare(self.send.setVisible, self.send.sizeHint().width() + gap_px),
        )

    def _show_key(self, is_shown: bool) -> None:
        self.invoke.setText(INVOKE + KEY if is_shown else INVOKE)

    def _show_whole_sandbox(self, is_shown: bool) -> None:
        self.sandbox.shorten(is_short=not is_shown)

    def _paint_debug(self, *_: object) -> None:
        if self._theme is not None:
            self._debug.setIcon(icon("bug", self._theme.text if self._debug.isChecked() else self._theme.muted))

    def _on_function_activated(self, index: int) -> None:
        self.function_chosen.emit(str(self.functions.itemData(index) or ""))

    def _on_qualifier_activated(self, index: int) -> None:
        self.qualifier_chosen.emit(str(self.qualifiers.itemData(index)))

    def _on_event_activated(self, index: int) -> None:
        self.event_chosen.emit(str(self.events.itemData(index) or ""))
