"""What Lambda makes of the `logging` module: a handler on the root logger. Imported when `logging` is."""

import logging
import os
import sys
import time
import traceback

_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
# Fields of every record; others came with `extra` and are told. taskName (3.12) is among those, as with AWS's client.
_STANDARD_FIELDS = frozenset((
    "name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text", "stack_info",
    "lineno", "funcName", "created", "msecs", "relativeCreated", "thread", "threadName", "processName", "process",
    "aws_request_id", "tenant_id", "_frame_type",
))


def set_up(invocation: object) -> None:
    """Give the root logger Lambda's handler. `invocation` has the request_id and tenant_id of the one under way."""
    logging.Formatter.converter = time.gmtime
    as_json = (os.environ.get("AWS_LAMBDA_LOG_FORMAT") or "").upper() == "JSON"
    level = (os.environ.get("AWS_LAMBDA_LOG_LEVEL") or "").upper()
    kind = LambdaLoggerHandlerWithFrameType if as_json or level else LambdaLoggerHandler
    handler = kind(StandardLogSink())
    handler.setFormatter(JsonFormatter() if as_json else logging.Formatter(_TEXT, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(LambdaLoggerFilter(invocation))
    root = logging.getLogger()
    # AWS's client knows TRACE in capitals only.
    level = "DEBUG" if os.environ.get("AWS_LAMBDA_LOG_LEVEL") == "TRACE" else level
    if level in logging._nameToLevel:
        root.setLevel(level)
    root.addHandler(handler)


class StandardLogSink:
    """Log text goes to standard output."""

    def log(self, msg: str) -> None:
        """Write `msg` as it is."""
        sys.stdout.write(msg)


class LambdaLoggerHandler(logging.Handler):
    """Writes records to the sink. Libraries look for handlers by this name."""

    def __init__(self, log_sink: StandardLogSink) -> None:
        super().__init__()
        self.log_sink = log_sink

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.log_sink.log(self.format(record))


class LambdaLoggerHandlerWithFrameType(LambdaLoggerHandler):
    """The name the handler has when a log format or level is configured; there are no frames on standard output."""


class LambdaLoggerFilter(logging.Filter):
    """Lets every record pass and notes the invocation in it."""

    def __init__(self, invocation: object) -> None:
        super().__init__()
        self._invocation = invocation

    def filter(self, record: logging.LogRecord) -> bool:
        """Add aws_request_id and tenant_id."""
        record.aws_request_id = self._invocation.request_id or ""
        record.tenant_id = self._invocation.tenant_id
        return True


class JsonFormatter(logging.Formatter):
    """A record as one JSON object (Lambda guide, "Using structured JSON with Python")."""

    def __init__(self) -> None:
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, with its line end."""
        import json

        record.levelno = min(50, max(0, record.levelno)) // 10 * 10
        record.levelname = logging.getLevelName(record.levelno)
        fields = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            **_error_fields(record),
        }
        if record.tenant_id is not None:
            fields["tenantId"] = record.tenant_id
        for name, value in record.__dict__.items():
            if name not in _STANDARD_FIELDS and name not in fields:
                fields[name] = value
        told = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(told, ensure_ascii=False, default=str) + "\n"


def _error_fields(record: logging.LogRecord) -> dict:
    error = record.exc_info
    return {
        "stackTrace": traceback.format_tb(error[2]) if error else None,
        "errorType": error[0].__name__ if error else None,
        "errorMessage": str(error[1]) if error else None,
        "requestId": record.aws_request_id,
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if error else None,
    }
