"""Who receives what at an event's end: the function's dead-letter queue, and the destination of the qualifier that was called."""

from __future__ import annotations

from workbench.engine.asynchronous.deliveries.messages import Message, dead_letter, destination_message
from workbench.engine.asynchronous.events import Settled
from workbench.engine.registry.resources import Resources


class Addresses:
    """Looks up the addresses as they are configured now. Use it on the engine's loop."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def messages(self, settled: Settled) -> list[Message]:
        """Return what is to be sent. Both the dead-letter queue and the destination of failures receive a failed event."""
        queue, destination = self._targets(settled)
        return [*([dead_letter(settled, queue)] if queue else []),
                *([destination_message(settled, destination)] if destination else [])]

    def are_there(self, settled: Settled) -> bool:
        """Whether anything is to be sent."""
        return any(self._targets(settled))

    def _targets(self, settled: Settled) -> tuple[str, str]:
        """Return the dead-letter queue and the destination, "" for none."""
        event = settled.event
        config = self._resources.event_invoke.find(event.scope, event.function_name, event.qualifier)
        success, failure = (config.on_success, config.on_failure) if config is not None else ("", "")
        return ("", success) if settled.condition == "Success" else (self._dead_letter_queue(settled), failure)

    def _dead_letter_queue(self, settled: Settled) -> str:
        """Return the target of `$LATEST`, which is that of all versions. Source: Lambda guide, "Adding a dead-letter queue"."""
        event = settled.event
        view = self._resources.functions.find(event.scope, event.function_name)
        return "" if view is None else str(view.settings.get("DeadLetterConfig", {}).get("TargetArn", ""))
