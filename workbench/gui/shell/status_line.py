"""The bottom line: the engine, its sandbox, environments, the session's cost, and the cursor's position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStatusBar, QToolButton, QWidget

from workbench.gui.link.link_state import LinkState
from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme
from workbench.gui.shell.layout_chooser import LayoutChooser
from workbench.gui.shell.status_fit import StatusWords, fit
from workbench.gui.shell.status_mark import StatusMark
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.gui.workspace.sandbox_chip import SANDBOX_TITLES, used_sandbox

if TYPE_CHECKING:  # all that an engine tells takes 20 ms to import, and the code is shown before
    from workbench.model.credentials import CredentialsReport
    from workbench.model.engine_api import Health, SandboxStatus
    from workbench.model.trust import TrustReport

_TOKENS = {"starting": "warning", "running": "success", "lost": "warning", "failed": "error", "closed": "muted"}
_WORDS = {"starting": "engine starting…", "lost": "engine lost, starting again…", "failed": "engine failed",
          "closed": "no engine"}
_NOTICE_PX = 320
"""What a notice gets at least before it is cut: the others give way to it."""


class StatusLine(QStatusBar):
    """Emits a signal when the person clicks a part: `engine_clicked()` for the engine's state, `trust_clicked()` for the mark
    "Not trusted", `clock_clicked()` for that of a held clock of the queue, `credentials_clicked()` for that of real credentials,
    `live_clicked()` for that of a live view on hold.
    """

    engine_clicked = Signal()
    trust_clicked = Signal()
    clock_clicked = Signal()
    credentials_clicked = Signal()
    live_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._engine = QToolButton()
        self._engine.setAutoRaise(True)
        self._engine.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._engine.setIconSize(QSize(11, 11))
        self._engine.clicked.connect(self.engine_clicked)
        self.trust, self.clock = StatusMark("eye"), StatusMark("pause")
        self.credentials, self.live = StatusMark("dot"), StatusMark("pause")
        self.trust.setText(self.tr("Not trusted"))
        self.trust.clicked.connect(self.trust_clicked)
        self.clock.setToolTip(self.tr("Events wait until you step the clock or let it run. Click to see the queue."))
        self.clock.clicked.connect(self.clock_clicked)
        self.credentials.clicked.connect(self.credentials_clicked)
        self.live.setText(self.tr("Live view on hold"))
        self.live.setToolTip(self.tr("Panels stay as they are; everything is recorded. Click to go on and see what happened."))
        self.live.clicked.connect(self.live_clicked)
        self._sandbox, self._environments, self._notice = ElidedLabel(), ElidedLabel(), ElidedLabel(_NOTICE_PX)
        self._session, self._cursor = ElidedLabel(), ElidedLabel()
        for widget in (self._engine, *self._marks(), self._environments):
            self.addWidget(widget)
        for sentence in (self._notice, self._sandbox):  # one of them has what the others leave
            self.addWidget(sentence, 1)
        self.layouts = LayoutChooser()
        for permanent in (self._session, self.layouts, self._cursor):
            self.addPermanentWidget(permanent)
        self._words = {part: StatusWords(part) for part in (self._engine, self._environments, self._sandbox, self._session,
                                                            self._cursor)}
        self._theme: Theme | None = None
        self._health: Health | None = None
        self._used = ""
        self._state = LinkState("starting")
        self._url = ""
        self._notice.hide()
        for mark in self._marks():  # only now, because QStatusBar.addWidget shows what it adds
            mark.hide()

    def _marks(self) -> tuple[StatusMark, ...]:
        return self.trust, self.clock, self.live, self.credentials

    @property
    def engine_text(self) -> str:
        """What is told of the engine, where there is room for it."""
        return self._words[self._engine].whole

    @property
    def notice(self) -> str:
        """What is told of the engine and the workspace, one sentence per line; only the first has a place in the line."""
        return self._notice.toolTip()

    def show_link(self, state: LinkState, url: str) -> None:
        """Show the engine's state, and its URL while it runs."""
        self._state, self._url = state, url
        text = f"engine {url.removeprefix('http://')}" if state.phase == "running" else _WORDS[state.phase]
        self._words[self._engine].say(text, *(("engine",) if state.phase == "running" else ()))
        self._engine.setToolTip(" ".join((state.message, state.hint)).strip() or f"The engine answers at {url}.")
        self._engine.setAccessibleName(text)
        self._paint()

    def show_trust(self, report: TrustReport | None) -> None:
        """Show a mark while something does not run because the folder is not trusted. None: nothing is known yet."""
        self.trust.setVisible(report is not None and report.is_limited)
        waiting = [item.text for item in report.open_items if item.asks] if report is not None else []
        self.trust.setToolTip("\n".join(waiting) or "Functions do not run as processes until this folder is trusted.")
        self.trust.setAccessibleName(self.trust.text())

    def show_held(self, text: str) -> None:
        """Show which clocks of the queue are held, "" for none."""
        self.clock.setText(text)
        self.clock.setAccessibleName(text)
        self.clock.setVisible(bool(text))

    def show_health(self, health: Health) -> None:
        """Show the sandbox in use and the engine's most important notice: a broken workspace, its own notice, warnings."""
        self._health = health
        self._show_sandbox()
        self.show_credentials(health.credentials)
        notice = health.workspace_problem or health.notice or "\n".join(health.workspace_warnings)
        self._notice.setText(notice.partition("\n")[0])
        self._notice.setToolTip(notice)
        self._notice.setVisible(bool(notice))
        self._sandbox.setVisible(not notice)

    def show_used(self, kind: str) -> None:
        """Show where the chosen function ran last, which may differ from the setting. "": it has not run."""
        self._used = kind
        self._show_sandbox()

    def show_credentials(self, report: CredentialsReport) -> None:
        """Show a mark while functions act on a real account."""
        is_in_force = report.choice.is_real and not report.note
        self.credentials.setVisible(is_in_force)
        self.credentials.setText(self.tr("Real AWS account: {0}").format(_credentials_text(report)))
        self.credentials.setToolTip(report.choice.meaning())
        self.credentials.setAccessibleName(self.credentials.text())

    def _show_sandbox(self) -> None:
        if self._health is not None:
            kind = used_sandbox(self._health, self._used)
            status = next((status for status in self._health.sandboxes if status.kind == kind), None)
            text = _sandbox_text(status) if status else kind
            self._words[self._sandbox].say(text, f"{SANDBOX_TITLES[kind]} sandbox", "")  # the toolbar has its name, too
            self._sandbox.setToolTip(text)

    def show_environments(self, total: int, warm: int, prepared: int = 0) -> None:
        """Show how many environments exist, how many of them are warm, and how many sandboxes are prepared beside them."""
        count = f"{total} environment{'' if total == 1 else 's'}"
        usual = f"{count} · {warm} warm"
        whole = f"{usual} · {prepared} prepared" if prepared else usual
        self._words[self._environments].say(whole, usual, count, "")
        self._environments.setToolTip(whole)

    def show_session(self, invocations: int, cost: str, canceled: int = 0) -> None:
        """Show the invocations and their cost since the window opened, and how many were canceled beside them."""
        count = f"{invocations} invocation{'' if invocations == 1 else 's'}"
        figures = " · ".join(filter(None, (count, f"{canceled} canceled" if canceled else "", cost)))
        self._words[self._session].say(f"session {figures}", figures, "")
        self._session.setToolTip(f"session {figures}")

    def show_cursor(self, line: int, column: int) -> None:
        """Show the cursor's line and column; line 0 if no file is open."""
        self._words[self._cursor].say(f"Ln {line}, Col {column}" if line else "", "")

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors for the icons."""
        self._theme = theme
        for mark in self._marks():
            mark.set_theme(theme)
        self._paint()

    def event(self, event: QEvent) -> bool:
        """Choose the words anew when one of them, a mark or the font has changed."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the words that have room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        layout = self.layout()
        if self.isVisible() and layout is not None:
            engine, environments, sandbox, session, cursor = self._words.values()
            order = (sandbox, sandbox, session, environments, cursor, environments, engine, session, environments)
            fit(order, layout.sizeHint().width() - self.width())

    def _paint(self) -> None:
        if self._theme is not None:
            self._engine.setIcon(icon("dot", getattr(self._theme, _TOKENS[self._state.phase])))


def _credentials_text(report: CredentialsReport) -> str:
    """Name the choice briefly: of a role's ARN its name is enough."""
    choice = report.choice
    role = choice.role_arn.rpartition("/")[2]
    return f"role {role}" if role else choice.words()


def _sandbox_text(status: SandboxStatus) -> str:
    """The sandbox's description. An unavailable one is named, or its problem would be taken for one of our engine."""
    return status.detail if status.available else f"{status.kind.capitalize()}: {status.detail}"
