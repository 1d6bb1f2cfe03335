"""One cold start as a bar: what took how long until the handler ran, the imports, and advice."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QDialogButtonBox, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import MessageSheet
from workbench.gui.look.scale import strong
from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.timeline.timeline_kinds import fill_color, short_id, text_color
from workbench.state.advice import advice, import_summary
from workbench.state.imports import import_tree, total_ms
from workbench.state.invocation import Invocation
from workbench.state.span_kinds import SpanKind
from workbench.state.startup import EXTENSION_INIT, RESTORE, SANDBOX_PHASES, Startup


class Segment(NamedTuple):
    """A part of the bar. `shade`: how far its color is blended with the panel's, from 0 to 1."""

    kind: SpanKind
    word: str
    duration_ms: float
    shade: float = 0.0


class PhaseBar(QWidget):
    """Draws segments side by side, with widths in proportion to their durations."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.segments: tuple[Segment, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.update()

    def show_segments(self, segments: tuple[Segment, ...]) -> None:
        """Show these segments, and describe them to screen readers."""
        self.segments = segments
        text = ", ".join(f"{segment.word} {segment.duration_ms:.0f} ms" for segment in segments)
        self.setAccessibleName(self.tr("Phases of the cold start: {0}").format(text))
        self.setToolTip(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of one line of text."""
        return QSize(240, self.fontMetrics().height() + 9)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the segments."""
        total_ms = sum(segment.duration_ms for segment in self.segments)
        if not total_ms:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(clip)
        left = 0.0
        for segment in self.segments:
            width = self.width() * segment.duration_ms / total_ms
            self._paint(painter, segment, QRectF(left, 0, width, self.height()))
            left += width

    def _paint(self, painter: QPainter, segment: Segment, rect: QRectF) -> None:
        fill = blend(self._theme.panel, fill_color(segment.kind, self._theme), segment.shade)
        painter.fillRect(rect, QColor(fill))
        painter.fillRect(QRectF(rect.right() - 1, 0, 1, rect.height()), QColor(self._theme.panel))
        metrics, room = self.fontMetrics(), rect.adjusted(6, 0, -3, 0)
        labels = (f"{segment.word} {segment.duration_ms:.0f}", f"{segment.duration_ms:.0f}")
        fitting = next((label for label in labels if metrics.horizontalAdvance(label) <= room.width()), "")
        painter.setPen(QColor(text_color(fill)))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), fitting)


class ColdStartCard(QFrame):
    """The card below the timeline; hidden until there is a cold start."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("coldStartCard")
        self._title, self._figures, self._imports, self._advice = PlainLabel(), PlainLabel(), PlainLabel(), PlainLabel()
        self._not_enforced: tuple[str, ...] = ()
        self.limits_button = QPushButton()
        self.bar = PhaseBar(theme)
        header = QHBoxLayout()
        header.addWidget(self._title)
        header.addStretch(1)
        header.addWidget(self._figures)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 10)
        layout.setSpacing(7)
        layout.addLayout(header)
        footer = QHBoxLayout()
        footer.addWidget(self._advice, 1)
        footer.addWidget(self.limits_button, 0, Qt.AlignmentFlag.AlignBottom)
        for widget in (self.bar, self._imports):
            layout.addWidget(widget)
        layout.addLayout(footer)
        self._advice.setWordWrap(True)
        self.limits_button.setToolTip(self.tr("What Lambda would hold the function to, and this sandbox does not"))
        self.limits_button.clicked.connect(self._show_limits)
        for label in (self._figures, self._imports, self._advice):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._title.setFont(strong(self._title.font()))
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self.setStyleSheet(
            f"#coldStartCard {{ background: {theme.panel}; border: 1px solid {theme.border}; border-radius: 8px; }}"
        )
        # By style sheet: the application's one sets a family for all widgets, which overrides setFont.
        self._figures.setStyleSheet(f'font-family: "{theme.mono_family}"')
        self._imports.setStyleSheet(f'font-family: "{theme.mono_family}"')
        self._advice.setStyleSheet(f"color: {theme.muted}")
        self.bar.set_theme(theme)

    def show_invocation(self, invocation: Invocation | None) -> None:
        """Show a cold start; hide for None and for a warm start."""
        startup = invocation.startup if invocation is not None else None
        segments = phase_segments(invocation) if invocation is not None else ()
        self.setVisible(bool(segments))
        if invocation is None or startup is None or not segments:
            return
        self._title.setText(self.tr("Cold start · env {0}").format(short_id(invocation.environment_id)))
        self._figures.setText(_figures(invocation))
        self.bar.show_segments(segments)
        self._imports.setText(import_summary(startup))
        self._imports.setVisible(bool(self._imports.text()))
        self._advice.setText(advice(invocation))
        self._not_enforced = startup.not_enforced
        self.limits_button.setText(self.tr("Not enforced here: {0}").format(len(startup.not_enforced)))
        self.limits_button.setVisible(bool(startup.not_enforced))

    def _show_limits(self) -> None:
        dialog = MessageSheet(self.tr("Not enforced here"), self.tr("On Lambda this would be different:"),
                              "\n\n".join(self._not_enforced), self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.offer(QDialogButtonBox.StandardButton.Close)
        dialog.open()


def phase_segments(invocation: Invocation) -> tuple[Segment, ...]:
    """Return what the request waited for. Creating and starting the sandbox are one segment; each large import has its own."""
    startup = invocation.startup
    if startup is None:
        return ()
    phases = startup.phases_since(invocation.received_ms)
    sandbox_ms = sum(phase.duration_ms for phase in phases if phase.name in SANDBOX_PHASES)
    segments = [Segment(SpanKind.CREATE, "sandbox", sandbox_ms)]
    for phase in phases:
        if phase.name == "functionInit":
            segments.extend(_function_init_segments(phase.duration_ms, startup))
        elif phase.name in _SEGMENTS:
            kind, word = _SEGMENTS[phase.name]
            segments.append(Segment(kind, word, phase.duration_ms))
    return tuple(segment for segment in segments if segment.duration_ms > 0)


def _function_init_segments(duration_ms: float, startup: Startup) -> list[Segment]:
    # Top-level imports only: their durations include what they import, so nothing is counted twice.
    large = [node for node in import_tree(startup.imports) if node.duration_ms >= _LARGE_IMPORT_SHARE * duration_ms]
    segments = [Segment(SpanKind.FUNCTION_INIT, f"import {node.module}", node.duration_ms) for node in large]
    rest_ms = max(duration_ms - total_ms(large), 0.0)
    word = "rest of init" if large else "function init"
    return [*segments, Segment(SpanKind.FUNCTION_INIT, word, rest_ms, 0.25 if large else 0.0)]


def _figures(invocation: Invocation) -> str:
    parts = []
    if invocation.before_handler_ms is not None:
        parts.append(f"{invocation.before_handler_ms:,.0f} ms to the handler")
    if invocation.metrics is not None:
        parts.append(f"{invocation.metrics.billed_duration_ms:,} ms billed")
    return " · ".join(parts)


_LARGE_IMPORT_SHARE = 0.15
"""The share of function init from which an import gets a segment of its own; smaller ones would be slivers without a label."""
_SEGMENTS = {
    "runtimeInit": (SpanKind.RUNTIME_INIT, "runtime"),
    "init": (SpanKind.INIT, "init"),
    EXTENSION_INIT: (SpanKind.EXTENSION_INIT, "extensions"),
    RESTORE: (SpanKind.RESTORE, "restore"),
}
