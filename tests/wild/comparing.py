"""Where two readings of a template differ, of which kind each difference is, and why it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests.wild import cfn_lint
from tests.wild.seen import Reading, SeenFunction
from workbench.workspace.functions.properties import merge_globals
from workbench.workspace.template import Template

_FIELDS = {"name": "FunctionName", "runtime": "Runtime", "handler": "Handler", "memory_mb": "MemorySize", "timeout_s": "Timeout",
           "architecture": "Architectures", "code": "CodeUri", "layers": "Layers"}
UNEXPLAINED = "unexplained"
_BY_INTRINSIC = (
    ("unknown", "only a deployment or a person knows it: left out here and told, SAM passes something that looks real"),
    ("resource", "CloudFormation's return value of a resource here, its logical id or a made-up text with SAM"),
    ("condition", "depends on a condition, which SAM does not evaluate"),
    ("pseudo", "SAM's own text for a pseudo parameter: another made-up stack id, localhost for the URL suffix"),
    ("import", "a transform or import that SAM does not resolve"),
)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one function that the readers see differently. `reason` says who is right, or that nobody knows yet."""

    template: str
    function: str
    field: str
    ours: str
    sams: str
    reason: str


def differences(path: Path, ours: Reading, sams: Reading) -> Iterator[Difference]:
    """All of them; none where SAM refuses the template (that is counted apart)."""
    if ours.refusal or sams.refusal:
        return
    template = Template.load(path)
    for logical_id in sorted({*ours.functions, *sams.functions}):
        mine, theirs = ours.functions.get(logical_id), sams.functions.get(logical_id)
        if mine is None or theirs is None:
            reason = _why_alone(path, template, logical_id, mine)
            yield Difference(template=str(path), function=logical_id, field="existence", ours=str(mine is not None),
                             sams=str(theirs is not None), reason=reason)
        else:
            yield from _of_function(path, template, mine, theirs)


def _why_alone(path: Path, template: Template, logical_id: str, mine: SeenFunction | None) -> str:
    resource = template.section("Resources").get(logical_id) or {}
    if mine is not None and mine.code == "elsewhere":
        return "its code is in Amazon S3: SAM leaves such functions out, here they are listed with the reason"
    if mine is not None and mine.code == "image":
        return "its image is in a registry: SAM leaves such functions out, here they run from it"
    if mine is not None and mine.problems:
        return "it cannot be run, and is listed with the reason here; SAM leaves it out"
    if mine is None and resource.get("Condition") and not cfn_lint.may_hold(path, resource["Condition"]):
        return "its condition is false (cfn-lint agrees): SAM ignores conditions of resources"
    return UNEXPLAINED


def _of_function(path: Path, template: Template, mine: SeenFunction, theirs: SeenFunction) -> Iterator[Difference]:
    properties = _properties(template, mine.logical_id)
    for field, name in _FIELDS.items():
        left, right = getattr(mine, field), getattr(theirs, field)
        if field == "code" and properties.get("InlineCode") == "":
            continue  # SAM's reader takes an empty text for code, its translator and CloudFormation do not
        if left != right:
            raw = properties.get(name, properties.get("Code") if field == "code" else None)
            yield _difference(path, template, mine, field, left, right, raw)
    environment = properties.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    for name in sorted({*mine.environment, *theirs.environment}):
        left, right = mine.environment.get(name), theirs.environment.get(name)
        if left != right:
            raw = variables.get(name) if isinstance(variables, dict) else environment
            yield _difference(path, template, mine, "variable", left, right, raw, name)


def _difference(path: Path, template: Template, mine: SeenFunction, field: str, left: object, right: object, raw: object,
                variable: str = "") -> Difference:
    reason = _reason(template, mine, field, left, right, raw, variable)
    return Difference(template=str(path), function=mine.logical_id, field=f"{field} {variable}".strip(), ours=str(left),
                      sams=str(right), reason=reason)


def _reason(template: Template, mine: SeenFunction, field: str, left: object, right: object, raw: object, variable: str) -> str:
    if variable and variable in mine.unknown:
        return dict(_BY_INTRINSIC)["unknown"]
    if mine.problems and field != "variable" and any(_FIELDS[field] in problem for problem in mine.problems):
        return "not usable, and said so here; SAM passes it on"
    if field == "layers" and right != left and "elsewhere" not in mine.code:
        return "SAM leaves out layers that it cannot resolve; here they are told"
    used = set(_kinds(template, raw))
    return next((reason for kind, reason in _BY_INTRINSIC if kind in used), UNEXPLAINED)


def _properties(template: Template, logical_id: str) -> Mapping[str, Any]:
    resource = template.section("Resources").get(logical_id) or {}
    own = resource.get("Properties") or {}
    shared = template.section("Globals").get("Function") if resource.get("Type") == "AWS::Serverless::Function" else {}
    merged = merge_globals(shared or {}, own)
    return merged if isinstance(merged, dict) else {}


def _kinds(template: Template, value: object) -> Iterator[str]:
    """What kinds of references a value as written has in it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _kind(template, str(key), item)
            yield from _kinds(template, item)
    elif isinstance(value, list):
        for item in value:
            yield from _kinds(template, item)
    elif isinstance(value, str) and "{{resolve:" in value:
        yield "unknown"


def _kind(template: Template, key: str, item: object) -> Iterator[str]:
    parameters, resources = template.section("Parameters"), template.section("Resources")
    if key == "Ref" and item in ("AWS::StackId", "AWS::URLSuffix"):
        yield "pseudo"
    elif key == "Fn::GetAtt" or (key == "Ref" and item not in parameters and _names_one(resources, item)):
        yield "resource"
    elif key == "Ref" and isinstance(item, str) and item in parameters and _is_unknown(parameters[item]):
        yield "unknown"
    elif key == "Fn::Sub":
        text = item if isinstance(item, str) else item[0] if isinstance(item, list) and item else ""
        names = [part.partition("}")[0].strip() for part in str(text).split("${")[1:]]
        yield from ("resource" for name in names if name not in parameters and _names_one(resources, name))
        yield from ("pseudo" for name in names if name in ("AWS::StackId", "AWS::URLSuffix"))
        yield from ("unknown" for name in names if name in parameters and _is_unknown(parameters[name]))
    elif key in ("Fn::ImportValue", "Fn::Transform"):
        yield "import"
    elif key == "Fn::If":
        yield "condition"


def _names_one(resources: Mapping[str, Any], name: object) -> bool:
    """Whether the name is a resource's, or that of one which SAM makes of it: `Hello.Alias`, `HelloRole`."""
    return any(str(name).startswith(resource) for resource in resources)


def _is_unknown(parameter: object) -> bool:
    if not isinstance(parameter, dict):
        return True
    return "Default" not in parameter or str(parameter.get("Type", "")).startswith("AWS::SSM::")
