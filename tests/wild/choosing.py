"""Which functions of other people's projects are invoked, and with which of their own events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.wild.finding import templates_below
from workbench.model.failures import WorkbenchError
from workbench.model.function import FunctionConfiguration
from workbench.workspace.event_templates import load_event_templates
from workbench.workspace.function_reader import read_functions
from workbench.workspace.locating.locate import TEMPLATE_NAMES
from workbench.workspace.pseudo_parameters import PseudoParameters
from workbench.workspace.template import Template

_EVENT_FOLDERS = ("events", "event", "test_events", "src/events")
_LARGEST_EVENT_BYTES = 100_000
_TEMPLATE_OF_TRIGGER = {
    "Api": "apigateway-rest-proxy", "HttpApi": "apigateway-http-api", "SQS": "sqs-receive-message", "SNS": "sns-notification",
    "S3": "s3-object-created-put", "DynamoDB": "dynamodb-update", "Kinesis": "kinesis-get-records",
    "EventBridgeRule": "eventbridge-custom", "CloudWatchEvent": "eventbridge-custom", "Schedule": "eventbridge-scheduled",
    "ScheduleV2": "eventbridge-scheduled", "CloudWatchLogs": "cloudwatch-logs",
}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """One invocation to make. `event` is a file of the project or a document; `own` tells which."""

    project: str
    folder: str
    function: str
    runtime: str
    event: str
    own: bool


def chosen_functions(root: Path, families: tuple[str, ...], count: int) -> list[Chosen]:
    """So many functions of as many projects as possible: of each the first, evenly over all projects, then the second of each."""
    by_project: dict[Path, list[Chosen]] = {}
    for path in templates_below(root):
        if path.name in TEMPLATE_NAMES:
            by_project.setdefault(path.parent, []).extend(_of_template(path, root, families))
    chosen: list[Chosen] = []
    for number in range(max(map(len, by_project.values()), default=0)):
        candidates = [functions[number] for functions in by_project.values() if len(functions) > number]
        chosen += _evenly(candidates, count - len(chosen))
    return chosen


def _evenly(candidates: list[Chosen], count: int) -> list[Chosen]:
    """All of them, or so many with equal distances."""
    if count >= len(candidates):
        return candidates
    return [candidates[number * len(candidates) // count] for number in range(count)]


def _of_template(path: Path, root: Path, families: tuple[str, ...]) -> Iterator[Chosen]:
    try:
        template = Template.load(path)
        functions = read_functions(template, PseudoParameters())
    except WorkbenchError:
        return
    for function in functions:
        if function.runtime.startswith(families) and not function.problems:
            event, own = _event(path.parent, template, function)
            yield Chosen(project=str(path.parent.relative_to(root)), folder=str(path.parent), function=function.logical_id,
                         runtime=function.runtime, event=event, own=own)


def _event(folder: Path, template: Template, function: FunctionConfiguration) -> tuple[str, bool]:
    """A file of the project that is an event, the one named after the function first; else one by the function's triggers."""
    found = [path for name in _EVENT_FOLDERS for path in sorted((folder / name).glob("*.json"))]
    found += sorted(folder.glob("*event*.json"))
    usable = [path for path in found if path.stat().st_size < _LARGEST_EVENT_BYTES and _is_json(path)]
    named = [path for path in usable if _resembles(path.stem, function)]
    if named or usable:
        return str((named or usable)[0]), True
    resource = template.section("Resources").get(function.logical_id) or {}
    triggers = (resource.get("Properties") or {}).get("Events") or {}
    kinds = [each.get("Type") for each in triggers.values() if isinstance(each, dict)] if isinstance(triggers, dict) else []
    name = next((_TEMPLATE_OF_TRIGGER[kind] for kind in kinds if kind in _TEMPLATE_OF_TRIGGER), "")
    made = next((template.build({}) for template in load_event_templates() if template.id == name), {})
    return json.dumps(made), False


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return True


def _resembles(stem: str, function: FunctionConfiguration) -> bool:
    left, right = (text.lower().replace("-", "").replace("_", "") for text in (stem, function.logical_id))
    return left in right or right in left or right.removesuffix("function") in left
