"""The HTTP server's log: a caller's mistake becomes one line that names it, without a traceback."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import PayloadAccessError, RequestPayloadError

MISTAKES = (HttpProcessingError, RequestPayloadError, PayloadAccessError, ConnectionError)
"""What the server raises for requests that are not HTTP, bodies that differ from what was announced, and lost connections."""


def server_logger() -> logging.Logger:
    """The logger for aiohttp's server."""
    logger = logging.getLogger(__name__)
    if not logger.filters:  # loggers are global, and one process may make several servers
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
    """An error's message as one line of ASCII, at most 200 characters."""
    text = " ".join(str(getattr(error, "message", "") or error).split())
    return (text[:200] or type(error).__name__).encode("ascii", "backslashreplace").decode()
