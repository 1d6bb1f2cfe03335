"""Run a workflow of aws-lambda-builders, AWS's builders, in a process of its own, with the parameters that `sam build` uses.

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
from workbench.packages.build_failures import DependencyError
from workbench.packages.build_runner import BuildRunner
from workbench.packages.package_manager import LineHandler

_PROTOCOL = "0.3"
_MODULE = "aws_lambda_builders"
_MAVENS_ADVICE = re.compile(r"\[ERROR\]\s*(?:$|To see the full|Re-run Maven|For more information|\[Help)")
_ALL_OPTIONS = re.compile(r" \(\{.*\}\)$")
_OPTION = re.compile(r"^[a-z]+(?:_[a-z]+)*(?= must be )")
_STEP = re.compile(r"\s*(?:Running \w+:\w+$|(?:\S+: )?Current Artifacts Directory : )")
"""Lines in which the builders report their internal steps, which mean nothing to the person who waits."""
_LOGGED = {"maven": {"LAMBDA_BUILDERS_LOG_LEVEL": "10"}}
"""The builder logs Maven's standard output, which has the errors, at level 10 (DEBUG) only."""


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """What to build and how.

    `search` are folders to look for programs in before PATH. `in_source`: work in `source` itself rather than in a copy of it.
    `dependencies` is a folder with the dependencies, None to have the builder install them.
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
    """A build failed; `lines` are the builder's words."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


def _deciding(answer: str, output: Sequence[str]) -> Sequence[str]:
    """The lines that say what is wrong. Maven's are in its standard output, which the builder only logs, not in the answer."""
    of_maven = [text for text in output if text.startswith("[ERROR]") and not _MAVENS_ADVICE.match(text)]
    return of_maven or _words(answer) or [text for text in output if not _is_answer(text)]


async def run_workflow(workflow: Workflow, artifacts: Path, scratch: Path, variables: Mapping[str, str],
                       line: LineHandler, runner: BuildRunner, *, aside: Path, readable: Sequence[Path] = ()) -> None:
    """Build into `artifacts`. An isolated builder may write to `aside`, which contains it, and read `readable` as well.

    Raises WorkflowFailed with the builder's words, and DependencyError when AWS's builders are not installed.
    Cancelling kills the builder and everything it started.
    """
    request = json.dumps(_request(workflow, artifacts, scratch))  # an argument, because tools get no stdin (`run_tool`)
    command = (*_interpreter(), "-m", _MODULE, request)
    # An isolated builder needs our Python, and the builders themselves, which an editable installation keeps elsewhere.
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
    """Our own Python. -E shields it from the person's PYTHON variables, which remain set for the programs that it starts."""
    if getattr(sys, "frozen", False) or importlib.util.find_spec(_MODULE) is None:
        raise DependencyError("AWS's builders (aws-lambda-builders) are not part of this installation.",
                              "Install Lambda Workbench with pip, or run sam build and open .aws-sam/build.")
    return sys.executable, "-E", "-P"


def _package_folders() -> Iterator[Path]:
    """The folders with the builders and the packages that they import."""
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
    """The error message in the builder's answer, split into lines, without the name of the workflow before it."""
    try:
        message = str(json.loads(answer)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return []
    head, separator, rest = message.partition(" - ")
    told = rest if separator and ":" in head and " " not in head else message
    return [text for text in _formatted(told).splitlines() if text.strip()]


def _formatted(told: str) -> str:
    """An error as a readable sentence.

    Some builders answer with a tuple of a format and its arguments, some append all options, and some name an option where the
    template has a property.
    """
    with contextlib.suppress(ValueError, SyntaxError, TypeError):
        parts = ast.literal_eval(told) if told.startswith("('") else None
        told = parts[0] % parts[1:] if isinstance(parts, tuple) else told
    return _OPTION.sub(lambda match: match[0].title().replace("_", ""), _ALL_OPTIONS.sub("", told))
