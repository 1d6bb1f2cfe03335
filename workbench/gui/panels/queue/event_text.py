"""What the chosen event is and came to, as colored text: its payload, each attempt, its end and where that was told."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.gui.panels.result.result_text import Piece, json_pieces
from workbench.model.inbox import InboxMessage
from workbench.state.answers import pretty_json
from workbench.state.queue_words import FAILED, condition_look, condition_sentence
from workbench.state.queued_life import QueuedLife

_MOST_CHARACTERS = 128 * 1024
"""How much of a JSON document is shown."""
_TOKENS = {"succeeded": "success", "failed": "error", "refused": "warning", "running": "info", "ended": "muted"}
_PLACES = {"service": "is there", "function": "was invoked asynchronously", "inbox": "is in the inbox"}
_KINDS = {"success": "OnSuccess", "failure": "OnFailure", "dead-letter": "Dead letter"}


def event_pieces(life: QueuedLife, payload: str) -> list[Piece]:
    """Return the text for one event; `payload` is what the function gets."""
    return [*_title("EVENT"), *_json(payload), *_attempts(life), *_end(life), *_response(life)]


def message_pieces(message: InboxMessage) -> list[Piece]:
    """Return the text for a message of the inbox: its body, and what is beside it."""
    why = [Piece(f"{message.why}\n\n", "warning")] if message.why else []
    attributes = [Piece(f"{name}: {attribute.value}\n", "text") for name, attribute in message.attributes.items()]
    beside = [*_title("\nATTRIBUTES"), *attributes] if attributes else []
    return [*why, *_json(message.body), *beside]


def _attempts(life: QueuedLife) -> Iterator[Piece]:
    if life.attempts:
        yield from _title("\nATTEMPTS")
    for attempt in life.attempts:
        yield Piece(f"{attempt.number}  {attempt.outcome}", _TOKENS[attempt.outcome], bold=True)
        yield Piece(f"  {attempt.why.removeprefix(FAILED)}\n", "text")


def _response(life: QueuedLife) -> Iterator[Piece]:
    answered = next((each for each in reversed(life.attempts) if each.response), None)
    if answered is not None:
        yield from _title("\nLAST RESPONSE")
        yield from _json(answered.response)


def _end(life: QueuedLife) -> Iterator[Piece]:
    if not life.condition:
        return
    yield from _title("\nEND")
    yield Piece(life.condition, condition_look(life.condition).token, bold=True)
    yield Piece(f"  {life.why_dropped or condition_sentence(life.condition)}\n", "text")
    for delivered in life.deliveries:
        yield Piece(f"{_KINDS.get(delivered.kind, delivered.kind)} → ", "muted")
        yield Piece(f"{delivered.target} ", "text")
        yield Piece(f"{_PLACES.get(delivered.place, delivered.place)}. {delivered.why}\n", "muted")
    if not life.deliveries:
        yield Piece("It goes nowhere: the function has no destination and no dead-letter queue for this.\n", "muted")


def _json(text: str) -> Iterator[Piece]:
    shown = pretty_json(text)
    yield from json_pieces(shown[:_MOST_CHARACTERS])
    yield Piece("…\n" if len(shown) > _MOST_CHARACTERS else "\n", "muted")


def _title(text: str) -> Iterator[Piece]:
    yield Piece(f"{text}\n", "muted", bold=True)
