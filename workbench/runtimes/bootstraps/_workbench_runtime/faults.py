"""Error documents, their log lines, and Lambda's own warnings. Imported when something went wrong."""

import logging
import os
import sys
import time
import traceback

from _workbench_runtime import payloads
from _workbench_runtime.imports import FIRST_LINE

HERE = os.path.dirname(os.path.abspath(__file__))
_SHOWN_AS = "/var/runtime/bootstrap.py"
_NO_BREAK_SPACE = "\u00a0"
# Texts of Lambda that people search their logs for: quoted to the letter.
_UNHANDLED = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. "
    "For functions using managed runtimes, runtime updates can be triggered by a function change, or can be applied "
    "automatically. To determine if the runtime has been updated, check the runtime version in the INIT_START log entry. "
    "If this error correlates with a change in the runtime version, you may be able to mitigate this error by temporarily "
    "rolling back to the previous runtime version. "
    "For more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)
_PREVIEW = (
    "LAMBDA_WARNING: This is a preview runtime version and should not be used for production workloads. "
    "For further information and to provide feedback, see {}\r"
)


def init_error(error: Exception) -> dict:
    """The document of a failed init."""
    if _is_fault(error):
        return _document(error.message, error.kind, error.trace, "")
    return _document(str(error), type(error).__name__, traceback.format_list(_frames(error)), "")


def invocation_error(error: Exception, request_id: str) -> tuple:
    """The document of a failed invocation, and its cause for X-Ray."""
    if _is_fault(error):
        document = _document(error.message, error.kind, error.trace, request_id)
        return document, _cause("LambdaValidationError", error.message, [])
    frames = _frames(error)
    kind, message = type(error).__name__, str(error)
    return _document(message, kind, traceback.format_list(frames), request_id), _cause(kind, message, frames)


def text_of(document: dict) -> str:
    """A document as JSON text."""
    return payloads.Encoder(payloads.keeps_unicode()).encode(document)


def log(document: dict) -> None:
    """Write a document to the function's log, as one event: AWS joins the lines of a record by CR outside its own pipe."""
    if (os.environ.get("AWS_LAMBDA_LOG_FORMAT") or "").upper() == "JSON":
        timestamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", logging.Formatter.converter(time.time()))
        text = text_of({"timestamp": timestamp, "level": "ERROR", **document})
    else:
        text = "\r".join(_log_lines(document))
    sys.stdout.write(text + "\n")


def warn_of_unhandled() -> None:
    """Lambda's advice that goes before the error of a failed init."""
    logging.warning(_UNHANDLED)


def warn_of_preview() -> None:
    """Lambda's warning about a runtime that is not released."""
    china = os.environ.get("AWS_REGION", "").startswith("cn-")
    domain = "docs.amazonaws.cn" if china else "docs.aws.amazon.com"
    logging.warning(_PREVIEW.format(f"https://{domain}/lambda/latest/dg/lambda-runtimes.html"))


def _is_fault(error: Exception) -> bool:
    from _workbench_runtime.loop import Fault

    return isinstance(error, Fault)


def _document(message: str, kind: str, trace: "list | None", request_id: "str | None") -> dict:
    return {"errorMessage": message or "", "errorType": kind or "", "requestId": request_id or "", "stackTrace": trace or []}


def _cause(kind: str, message: str, frames: list) -> dict:
    stack = [{"label": name, "path": path, "line": line} for path, line, name, _text in frames]
    paths = list({frame["path"] for frame in stack})
    return {"working_directory": os.getcwd(), "exceptions": [{"message": message, "type": kind, "stack": stack}], "paths": paths}


def _frames(error: Exception) -> list:
    """File, line, function and text of each frame from the function's code on; the runtime's own where there are no others."""
    frames = [_frame(summary) for summary in traceback.extract_tb(error.__traceback__) if not _is_watch(summary)]
    for index, frame in enumerate(frames):
        if "/bootstrap.py" not in frame[0]:
            return frames[index:]
    return frames


def _frame(summary: traceback.FrameSummary) -> tuple:
    own = summary.filename.startswith((HERE, os.path.dirname(HERE) + os.sep + "bootstrap.py"))
    return (_SHOWN_AS if own else summary.filename, summary.lineno, summary.name, summary.line)


def _is_watch(summary: traceback.FrameSummary) -> bool:
    return summary.filename == "<frozen importlib._bootstrap>" and summary.lineno >= FIRST_LINE


def _log_lines(document: dict) -> list:
    title = "[ERROR]"
    if document["errorType"]:
        title += " " + document["errorType"] + (":" if document["errorMessage"] else "")
    if document["errorMessage"]:
        title += " " + document["errorMessage"]
    lines = [title, "Traceback (most recent call last):"]
    for element in document["stackTrace"]:
        lines.extend(map(_indented, element.splitlines()) if element else [""])
    return lines


def _indented(line: str) -> str:
    bare = line.lstrip(" ")
    return _NO_BREAK_SPACE * (len(line) - len(bare)) + bare
