"""An order that AWS's durable execution SDK runs: a step, a map, and where it is asked for a wait."""

from aws_durable_execution_sdk_python.config import Duration
from aws_durable_execution_sdk_python.context import DurableContext
from aws_durable_execution_sdk_python.execution import durable_execution


def reserve(_context: object) -> dict[str, int]:
    return {"reserved": 2}


def doubled(_context: object, item: int, _index: int, _items: object) -> int:
    return item * 2


@durable_execution
def handler(event: dict, context: DurableContext) -> dict:
    reservation = context.step(reserve, name="reserve")
    prices = context.map([1, 2, 3], doubled).get_results()
    if event.get("wait"):
        context.wait(Duration.from_seconds(60), name="payment")
    return {**reservation, "prices": prices, "event": event}
