"""What the HTTP server logs: a caller's mistake is one line that says what, never a traceback."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import PayloadAccessError, RequestPayloadError

MISTAKES = (HttpProcessingError, RequestPayloadError, PayloadAccessError, ConnectionError)
"""What the server raises for requests that are no HTTP, bodies that do not come as announced, callers that are gone."""


def server_logger() -> logging.Logger:
    """The logger to give to the server."""
    logger = logging.getLogger(__name__)
    if not logger.filters:
        logger.addFilter(_one_line)
    return logger


def _one_line(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, MISTAKES):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args = "A request was refused: %s", (one_line(error),)
        record.exc_info = record.exc_text = None
    return True


def one_line(error: BaseException) -> str:
    """What an error says, short enough to be read."""
    text = " ".join(str(getattr(error, "message", "") or error).split())
    return (text[:200] or type(error).__name__).encode("ascii", "backslashreplace").decode()
