"""The look and the name of each kind of span. Besides the color there is always a word or a mark."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from workbench.editor.colors import contrast
from workbench.gui.look.theme import Theme, blend
from workbench.state.span_kinds import FAILURES, SpanKind

_DARK_TEXT, _LIGHT_TEXT = "#000000", "#ffffff"


class KindLook(NamedTuple):
    """`token` names a color of the theme; `word` labels the bar; `title` is for the tool tip.

    `shade`: how far the color is blended with the window's, from 0 to 1, to tell kinds of one color apart.
    """

    token: str
    word: str
    title: str
    shade: float = 0.0


LOOKS = {
    SpanKind.CREATE: KindLook("create", "sandbox", "sandbox created"),
    SpanKind.START: KindLook("create", "sandbox", "sandbox started", 0.12),
    SpanKind.RUNTIME_INIT: KindLook("runtime_init", "runtime", "runtime init"),
    SpanKind.FUNCTION_INIT: KindLook("function_init", "init", "function init"),
    SpanKind.INIT: KindLook("function_init", "init", "init (the runtime gives no account of its parts)"),
    SpanKind.INVOKE: KindLook("invoke", "", "invoke"),
    SpanKind.OVERHEAD: KindLook("overhead", "overhead", "overhead: after the answer, until the runtime asks for more"),
    SpanKind.FAILED: KindLook("error", "✕ failed", "failed"),
    SpanKind.TIMED_OUT: KindLook("error", "✕ timed out", "timed out"),
    SpanKind.CANCELED: KindLook("overhead", "■ canceled", "canceled by a person"),
    SpanKind.EXTENSION_INIT: KindLook("overhead", "extensions", "init: waiting for extensions"),
    SpanKind.THAW: KindLook("create", "thaw", "thawed, after it was frozen between two invocations", 0.12),
    SpanKind.RESTORE: KindLook("runtime_init", "restore", "snapshot restored, with the hooks after it (SnapStart)", 0.25),
    SpanKind.IDLE: KindLook("idle", "", "idle, frozen between two invocations"),
    SpanKind.AHEAD: KindLook("create", "created ahead", "sandbox created ahead, which no request waited for", 0.25),
    SpanKind.PREPARED: KindLook("idle", "", "sandbox prepared ahead, waiting for a request to begin init"),
}

LEGEND = (
    ("create", "sandbox"), ("runtime_init", "runtime"), ("function_init", "init"), ("invoke", "invoke"),
    ("overhead", "overhead"), ("error", "✕ failed"), ("idle", "idle"),
)
"""Color tokens and the words beside them."""


def fill_color(kind: SpanKind, theme: Theme) -> str:
    """Return the color of a bar."""
    look = LOOKS[kind]
    color: str = getattr(theme, look.token)
    return blend(theme.window, color, look.shade) if look.shade else color


@lru_cache(64)
def text_color(fill: str) -> str:
    """Return black or white, whichever has more contrast on a bar."""
    return max((_DARK_TEXT, _LIGHT_TEXT), key=lambda color: contrast(color, fill))


def bar_labels(kind: SpanKind, duration_ms: float, is_open: bool, note: str = "") -> tuple[str, ...]:
    """Return the possible labels of a bar, longest first; the first that fits is drawn. `note`: why it failed, or the like."""
    look = LOOKS[kind]
    if kind is SpanKind.PREPARED:
        return "prepared ahead", "prepared"  # which the bar before it need not say too
    if kind is SpanKind.AHEAD:
        return f"sandbox {short_ms(duration_ms)}", short_ms(duration_ms)
    if kind.is_rest:
        return ()
    if is_open:
        return (f"{look.word or look.title}…",)
    if kind in FAILURES:
        return *(f"{look.word}: {reason}" for reason in reasons(note)), look.word, "✕"
    figure = short_ms(duration_ms)
    if look.word:
        return f"{look.word} {figure}", figure
    with_unit = f"{figure} ms" if duration_ms < 999.5 else figure
    return *((f"{with_unit}, {note}",) if note else ()), *dict.fromkeys((with_unit, figure))


def reasons(note: str) -> tuple[str, ...]:
    """Return why something failed, longest first: with the message, and its kind alone."""
    return tuple(dict.fromkeys(filter(None, (note, note.split(": ", 1)[0]))))


def short_ms(duration_ms: float) -> str:
    """Return a duration with few digits: 0.9, 41 (both ms), 1.25 s."""
    if duration_ms >= 999.5:
        return f"{duration_ms / 1_000:.2f} s"
    return f"{duration_ms:.0f}" if duration_ms >= 9.95 else f"{duration_ms:.1f}"


def short_id(environment_id: str) -> str:
    """Return the first four characters of an environment's ID, by which people tell environments apart."""
    return environment_id[:4]
