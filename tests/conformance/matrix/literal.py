"""What was seen of a cell, as text that can be compared with `==`: what changes from run to run has got a name.

Left out are the stack frames of the language's own files and of the runtime client: the function's own stay, literally.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.conformance.matrix.runs import Seen
from workbench.state.invocation import Invocation

_CHANGING = tuple((re.compile(pattern), name) for pattern, name in (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3,6})?Z", "<time>"),
    (r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} #\d+\]", "[<time> #<pid>]"),
    (r"\[ERROR\] \[\d{13}\]", "[ERROR] [<epoch>]"),
    (r"(Duration: )-?\d+\.\d\d ms", r"\1<ms>"),
    (r"(Billed Duration: )-?\d+ ms", r"\1<ms>"),
    (r"(Max Memory Used: )\d+ MB", r"\1<mb>"),
    (r"(Runtime Version: ).*", r"\1<version>"),
    (r'("runtimeVersion":)"[^"]*"', r'\1"<version>"'),
    (r'("instanceId":)"[0-9a-f]{32}"', r'\1"<environment>"'),
    (r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0", "<trace>"),
    (r'("\w*[dD]urationMs":)-?\d+(\.\d+)?', r"\1<ms>"),
    (r'("maxMemoryUsedMB":)\d+', r"\1<mb>"),
    (r'("producedBytes":)\d+', r"\1<bytes>"),
    (r"LAMBDA_WARNING: Unhandled exception\..*", "LAMBDA_WARNING: <advice>"),
    (r"/var/runtime/node_modules/aws-lambda-ric/dist/index\.mjs", "/var/runtime/index.mjs"),
    (r'for #<LambdaHandler:.*?(?=",)', "for <LambdaHandler>"),
    ("\xa0", "<nbsp>"),
))
_LONG_RUN = 1000
_ELEMENT = re.compile(r'\s*"((?:[^"\\]|\\.)*)"(,\s?)?')
_FOREIGN = re.compile(
    r"    at .*(node:|/var/runtime/)"
    r'|  File \\"(<|/var/runtime/|/[^"]*/lib/python3)'
    r"|(<internal:|/usr/lib/ruby|/var/runtime/|workbench\.test\.|java\.base/)"
)
_KEYS_OF_TRACES = ('"stackTrace"', '"stack"', '"trace"')
_FOREIGN_TEXT = re.compile(r'\n(<nbsp>){2}File "(?!/var/task)[^"]*", line \d+, in [^\n]+(\n(<nbsp>){4}[^\n]*)*')
_FOREIGN_LINE = re.compile(r'  File "(?!/var/task)|    ')
_TEST_IMAGES_OWN = re.compile(r"Executing '[\w./:]+' in function directory '/var/task'$|\tat (workbench\.test\.|java\.base/)")
"""AWS's client for Node.js says that outside Lambda; the frames are those of the test images' client for Java."""
_OF_LAMBDA = re.compile("(INIT_START|INIT_REPORT|START|END|REPORT) ")
"""Lambda's own lines, which may come in the middle of a dump: it has not been read to its end then."""
_DUMP_BEGINS, _DUMP_ENDS = re.compile(r"node:internal/\S+:\d+$|file:///\S+:\d+$"), re.compile(r"Node\.js v\d+")


@dataclass(frozen=True)
class Literal:
    """One invocation of a cell's function."""

    payload: str
    error: bool
    log: tuple[str, ...]


def literal(invocation: Invocation, seen: Seen) -> Literal:
    """An invocation of a cell with its changing parts named."""
    return Literal(
        payload=_named(invocation.payload, invocation, seen), error=bool(invocation.function_error),
        log=tuple(own_lines(_named(line, invocation, seen) for line in invocation.log_lines())),
    )


def _named(text: str, invocation: Invocation, seen: Seen) -> str:
    text = _with_long_runs_named(text).replace(invocation.request_id, "<id>").replace(seen.task_root, "/var/task")
    text = text.replace(invocation.function_name, "<function>")
    for pattern, name in _CHANGING:
        text = pattern.sub(name, text)
    return _without_foreign_frames(_FOREIGN_TEXT.sub("", text))


def _with_long_runs_named(text: str) -> str:
    """A back reference would compare six million characters one by one. Each long run has one of those that are looked at."""
    for character in set(text[::_LONG_RUN // 2]) - {"\n"} if len(text) >= _LONG_RUN else ():
        text = re.sub(f"{re.escape(character)}{{{_LONG_RUN},}}", lambda run: f"<{len(run[0])} {run[0][0]}>", text)
    return text


def _without_foreign_frames(text: str) -> str:
    if not any(key in text for key in _KEYS_OF_TRACES):
        return text
    left = _ELEMENT.sub(lambda found: "" if _FOREIGN.match(found[1]) else found[0], text)
    return text if left == text else re.sub(r",?\s*\]", "]", re.sub(r"\[\s+", "[", left))


def own_lines(lines: Iterable[str]) -> Iterator[str]:
    """Without what an interpreter that dies writes of itself."""
    in_dump = in_traceback = False
    for line in lines:
        in_dump = in_dump or bool(_DUMP_BEGINS.match(line))
        in_traceback = line.startswith("Traceback (most recent") or (in_traceback and line.startswith(" "))
        foreign = _TEST_IMAGES_OWN.match(line) or (in_traceback and _FOREIGN_LINE.match(line))
        if (not in_dump or _OF_LAMBDA.match(line)) and not foreign:
            yield line
        in_dump = in_dump and not _DUMP_ENDS.match(line)
