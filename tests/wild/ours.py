"""The workbench's reading of a template."""

from __future__ import annotations

from pathlib import Path

from tests.wild.seen import Reading, SeenFunction
from workbench.model.failures import WorkbenchError
from workbench.model.function import FunctionConfiguration
from workbench.workspace.function_reader import read_functions
from workbench.workspace.pseudo_parameters import PseudoParameters
from workbench.workspace.template import Template

PSEUDO = PseudoParameters(stack_name="local")


def read(path: Path) -> Reading:
    """Every error that is not one of ours is a defect, and passes on."""
    try:
        functions = read_functions(Template.load(path), PSEUDO)
    except WorkbenchError as error:
        return Reading(refusal=str(error))
    return Reading(functions={function.logical_id: _seen(function) for function in functions})


def _seen(function: FunctionConfiguration) -> SeenFunction:
    return SeenFunction(
        logical_id=function.logical_id, name=function.name, runtime=function.runtime, handler=function.handler,
        memory_mb=function.memory_mb, timeout_s=function.timeout_s, architecture=function.architecture, code=_code(function),
        layers=len(function.layers), environment=function.environment,
        unknown=tuple(value.place.rpartition(".")[2] for value in function.unknown if value.place.startswith("Environment.")),
        problems=function.problems)


def _code(function: FunctionConfiguration) -> str:
    if function.image is not None:
        return "image"
    if function.inline_code:
        return "inline"
    if function.code_in_s3 or any("Amazon S3" in problem for problem in function.problems):
        return "elsewhere"
    return function.code_path
