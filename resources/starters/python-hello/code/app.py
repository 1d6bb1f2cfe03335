"""Greets whoever the event names.

Event:  {"name": "World"}
Result: {"message": "Hello, World!", "requestId": "..."}

Code outside the handler runs once for each execution environment, during init: create clients and load data there.
The handler runs for every invocation.
"""

import logging

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handler(event, context):
    """Return a greeting.

    event:   the JSON document the function was invoked with, as Python values
    context: what Lambda knows about this invocation: aws_request_id, get_remaining_time_in_millis() and more
    """
    name = event.get("name", "World")
    logger.info("Greeting %s, %d ms left", name, context.get_remaining_time_in_millis())
    return {"message": f"Hello, {name}!", "requestId": context.aws_request_id}
