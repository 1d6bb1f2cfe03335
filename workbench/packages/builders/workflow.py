"""Builders of AWS: a workflow of aws-lambda-builders in a process of its own, as `sam build` runs it.

Source: aws-lambda-builders, DESIGN.md ("JSON-RPC interface"); SAM CLI, `samcli.lib.build.app_builder` for what it passes on.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workbench.model.function import Architecture
from workbench.packages.build_runner import BuildRunner
from workbench.packages.dependencies import DependencyError
from workbench.packages.package_manager import LineHandler

_PROTOCOL = "0.3"
_MODULE = "aws_lambda_builders"
_MAVENS_ADVICE = re.compile(r"\[ERROR\]\s*(?:$|To see the full|Re-run Maven|For more information|\[Help)")
_ALL_OPTIONS = re.compile(r" \(\{.*\}\)$")
_OPTION = re.compile(r"^[a-z]+(?:_[a-z]+)*(?= must be )")
_STEP = re.compile(r"\s*(?:Running \w+:\w+$|(?:\S+: )?Current Artifacts Directory : )")
"""What the builders say of their own work: their names mean nothing to who waits."""
_LOGGED = {"maven": {"LAMBDA_BUILDERS_LOG_LEVEL": "10"}}


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """What to build and how. `manifest` is a path, `search` are folders for programs, before those of PATH.

    `in_source`: work in `source` itself, which is a copy of ours then. `dependencies` is a folder with what would be installed.
    """

    language: str
    manager: str | None
    source: Path
    manifest: Path
    runtime: str
    architecture: Architecture = "x86_64"
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)
    search: tuple[Path, ...] = ()
    in_source: bool = True
    dependencies: Path | None = None
    is_layer: bool = False


class WorkflowFailed(Exception):
    """A builder of AWS could not build; `lines` are its words."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


def _deciding(answer: str, output: Sequence[str]) -> Sequence[str]:
    """What the builder says is wrong. Maven says that on its standard output, which the builder only logs."""
    of_maven = [text for text in output if text.startswith("[ERROR]") and not _MAVENS_ADVICE.match(text)]
    return of_maven or _words(answer) or [text for text in output if not _is_answer(text)]


async def run_workflow(workflow: Workflow, artifacts: Path, scratch: Path, variables: Mapping[str, str],
                       line: LineHandler, runner: BuildRunner, *, aside: Path, readable: Sequence[Path] = ()) -> None:
    """Build into `artifacts`, which lies in `aside`, all of which it may change; it may read `readable` beside that.

    Raises WorkflowFailed with the builder's words, DependencyError when the builders are not here.
    Cancelling ends it with all that it started.
    """
    request = json.dumps(_request(workflow, artifacts, scratch))
    command = (*_interpreter(), "-m", _MODULE, request)
    own = (Path(sys.prefix), Path(sys.base_prefix), *_package_folders())
    end = await runner.run(
        command, folder=scratch, readable=(*own, *workflow.search, *readable), writable=(aside,),
        variables={**variables, **_LOGGED.get(workflow.manager or "", {})},
        line=lambda text: None if _is_answer(text) or _STEP.match(text) else line(text))
    answer = next((text for text in reversed(end.last_lines) if _is_answer(text)), "")
    if end.status == 0 and '"error"' not in answer:
        return
    raise WorkflowFailed(_deciding(answer, end.last_lines))


def _interpreter() -> tuple[str, ...]:
    """Our own Python, undisturbed by the person's variables; they stay for what it starts."""
    if getattr(sys, "frozen", False) or importlib.util.find_spec(_MODULE) is None:
        raise DependencyError("AWS's builders (aws-lambda-builders) are not part of this installation.",
                              "Install Lambda Workbench with pip, or run sam build and open .aws-sam/build.")
    return sys.executable, "-E", "-P"


def _package_folders() -> Iterator[Path]:
    """Where the builders lie, and what they import."""
    found = importlib.util.find_spec(_MODULE)
    places = found.submodule_search_locations if found is not None else None
    yield from (Path(place).parent for place in places or ())


def _request(workflow: Workflow, artifacts: Path, scratch: Path) -> dict[str, Any]:
    capability = {"language": workflow.language, "dependency_manager": workflow.manager, "application_framework": None}
    parameters = {
        "__protocol_version": _PROTOCOL, "capability": capability, "source_dir": str(workflow.source),
        "artifacts_dir": str(artifacts), "scratch_dir": str(scratch), "manifest_path": str(workflow.manifest),
        "runtime": workflow.runtime, "optimizations": {}, "options": dict(workflow.options),
        "executable_search_paths": [str(folder) for folder in workflow.search] or None,
        "download_dependencies": workflow.dependencies is None, "combine_dependencies": True,
        "dependencies_dir": str(workflow.dependencies) if workflow.dependencies else None,
        "architecture": workflow.architecture, "is_building_layer": workflow.is_layer,
        "build_in_source": workflow.in_source or None,
    }
    return {"jsonrpc": "2.0", "id": 1, "method": "LambdaBuilder.build", "params": parameters}


def _is_answer(text: str) -> bool:
    return text.startswith('{"jsonrpc"')


def _words(answer: str) -> list[str]:
    """What the builder says is wrong, without its own name before it."""
    try:
        message = str(json.loads(answer)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return []
    head, separator, rest = message.partition(" - ")
    told = rest if separator and ":" in head and " " not in head else message
    return [text for text in _formatted(told).splitlines() if text.strip()]


def _formatted(told: str) -> str:
    """The sentence of a builder that hands over its parts, or all options behind it, by the property's name in a template."""
    with contextlib.suppress(ValueError, SyntaxError, TypeError):
        parts = ast.literal_eval(told) if told.startswith("('") else None
        told = parts[0] % parts[1:] if isinstance(parts, tuple) else told
    return _OPTION.sub(lambda match: match[0].title().replace("_", ""), _ALL_OPTIONS.sub("", told))
