"""One invocation as a file for a colleague: its events, its figures, and what it ran; and what such a file has.

A file may come from anywhere. What it says is shown and nothing else; what no engine could have written is refused.
"""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.model.events import StreamEvent
from workbench.model.failures import InvalidInput, WorkbenchError
from workbench.model.overrides import MASK
from workbench.model.past_invocations import Deployed, PastInvocation
from workbench.state.invocation import Invocation, fold_invocation

FORMAT = "lambda-workbench-invocation"
FORMAT_VERSION = 1
SUFFIX = ".invocation.json"
LARGEST_BYTES = 64 << 20
_DEEPEST, _LARGEST_NUMBER = 20, 1e15
_MOST_EVENTS = 200_000


class InvocationFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The document. Values of environment variables are masked in it; event, result and log are as they were."""

    format: str
    format_version: int
    exported_by: str
    invocation: PastInvocation
    deployed: Deployed
    events: list[StreamEvent]

    def folded(self) -> Invocation:
        """Return the invocation as the window shows one. Raises InvalidInput if its events make none."""
        try:
            folded = fold_invocation(self.events, self.invocation.request_id)
            folded.document()
        except (KeyError, TypeError, ValueError, AttributeError, AssertionError, OverflowError) as error:
            raise _unfit("its events are not those of an invocation") from error
        if not folded.environment_id and not folded.function_name:
            raise _unfit("it has no events")
        return folded


def exported(program: str, past: PastInvocation, deployed: Deployed, events: list[StreamEvent]) -> bytes:
    """Return the document, indented for people. `program` says what wrote it."""
    document = InvocationFile(
        format=FORMAT, format_version=FORMAT_VERSION, exported_by=program, invocation=past, deployed=without_digests(deployed),
        events=events)
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def opened(content: bytes) -> InvocationFile:
    """Return what a file has. Raises InvalidInput, with a sentence for the person, for one that is not such a document."""
    if len(content) > LARGEST_BYTES:
        raise _unfit(f"it is larger than {LARGEST_BYTES >> 20} MB")
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.format != FORMAT:
            raise _unfit("it says that it is something else")
        if head.format_version > FORMAT_VERSION:
            raise InvalidInput("This file is from a later version of Workbench.", "Open it with that version.")
        document = msgspec.json.decode(content, type=InvocationFile)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _unfit("it is not a JSON document of that form") from error
    if len(document.events) > _MOST_EVENTS or not all(_is_plain(event.record, _DEEPEST) for event in document.events):
        raise _unfit("its events are too large to be shown")
    document.folded()
    return document


def without_digests(deployed: Deployed) -> Deployed:
    """Return what an invocation ran, without the digests of variables' values, and without what differs now."""
    configuration = dict(deployed.configuration)
    environment = configuration.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    if isinstance(variables, dict):
        configuration["Environment"] = {"Variables": dict.fromkeys(variables, MASK)}
    return msgspec.structs.replace(deployed, configuration=configuration, now=None)


class _Head(msgspec.Struct, rename="camel"):
    format: str = ""
    format_version: int = 0


def _is_plain(value: Any, depth: int) -> bool:
    if isinstance(value, int | float):
        return abs(value) <= _LARGEST_NUMBER
    if isinstance(value, dict):
        return depth > 0 and all(_is_plain(each, depth - 1) for each in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_is_plain(each, depth - 1) for each in value)
    return True


def _unfit(why: str) -> WorkbenchError:
    return InvalidInput(f"This is not an invocation that Workbench exported: {why}.", f"Choose a file that ends in {SUFFIX}.")
