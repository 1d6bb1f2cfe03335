"""Log records with and without an end of their own, between lines that are printed."""

import logging
import sys

log = logging.getLogger()


def handler(event, context):
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        log.exception("first")
    print("printed after")
    log.error("second\n\n")
    log.warning("")
    print("no line end", end="")
    log.error("a\r\nb")
    sys.stderr.write("to stderr\n")
    context.log("from context")
    log.handlers[0].setFormatter(None)
    log.error("without Lambda's format")
    log.error("without Lambda's format, again")
    print("end")
    return [type(log.handlers[0]).__name__, type(log.handlers[0].log_sink).__name__]
