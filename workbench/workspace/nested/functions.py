"""The functions of a template and of all that it nests, each under a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from workbench.model.function import FunctionConfiguration, UnknownValue
from workbench.workspace.expansion import expand
from workbench.workspace.function_reader import read_functions
from workbench.workspace.functions.layers import LocalLayer, local_layers
from workbench.workspace.intrinsics import PseudoParameters, Resolver
from workbench.workspace.nested.stacks import Stack, stacks_of
from workbench.workspace.template import Template
from workbench.workspace.unresolved import Unknown


def read_all_functions(
    template: Template, pseudo: PseudoParameters, load: Callable[[Path], Template],
    local_folders: Mapping[str, str] | None = None,
) -> tuple[FunctionConfiguration, ...]:
    """The functions of all stacks, the outermost's first. Those of nested ones have paths as logical ids: `Child/Function`.

    Their names are what FunctionName says, else the logical id, with the stack's path before it where that is taken. Blocks.
    """
    stacks = stacks_of(template, pseudo, load).all
    shared = {key: layer for stack in stacks for key, layer in _layers(stack).items()} if len(stacks) > 1 else {}
    functions = [_placed(function, stack) for stack in stacks
                 for function in read_functions(stack.template, stack.pseudo, local_folders, shared)]
    return _uniquely_named(functions)


def _layers(stack: Stack) -> dict[str, LocalLayer]:
    meant = expand(stack.template, stack.pseudo)
    return local_layers(meant, Resolver(meant.data, stack.pseudo))


def _placed(function: FunctionConfiguration, stack: Stack) -> FunctionConfiguration:
    """The function as it is seen from the outermost template."""
    if not stack.path:
        return function
    unknown = tuple(UnknownValue(place=each.place, what=seen.what, key=seen.key) for each in function.unknown
                    for seen in stack.seen_from_outside(Unknown("other", each.what, each.key)))
    return msgspec.structs.replace(function, logical_id=stack.outside(function.logical_id), unknown=unknown)


def _uniquely_named(functions: list[FunctionConfiguration]) -> tuple[FunctionConfiguration, ...]:
    names = Counter(function.name for function in functions)
    return tuple(_with_path(function) if names[function.name] > 1 and _is_unnamed(function) else function
                 for function in functions)


def _is_unnamed(function: FunctionConfiguration) -> bool:
    """Whether a function of a nested stack is called as its logical id: CloudFormation would make a name up."""
    _, _, own = function.logical_id.rpartition("/")
    return "/" in function.logical_id and function.name == own


def _with_path(function: FunctionConfiguration) -> FunctionConfiguration:
    return msgspec.structs.replace(function, name=function.logical_id.replace("/", "-"))
