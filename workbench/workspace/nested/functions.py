"""The functions of a template and of all templates nested in it, each with a unique name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
    """Return the functions of all stacks, the outermost's first. In nested stacks, logical IDs are paths: `Child/Function`.

    A function's name is its FunctionName if no other function has the same, else its logical ID, in nested stacks preceded by
    the stack's path. Blocks.
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
    """Return the function as seen from the outermost template."""
    if not stack.path:
        return function
    unknown = tuple(UnknownValue(place=each.place, what=seen.what, key=seen.key) for each in function.unknown
                    for seen in stack.seen_from_outside(Unknown("other", each.what, each.key)))
    return msgspec.structs.replace(function, logical_id=stack.outside(function.logical_id), unknown=unknown)


def shared_names(functions: Iterable[FunctionConfiguration]) -> tuple[str, ...]:
    """Return sentences on names that several functions have."""
    by_name: dict[str, list[str]] = {}
    for function in functions:
        if function.shared_name:
            by_name.setdefault(function.shared_name, []).append(function.name)
    return tuple(f"{' and '.join(names)} have the same FunctionName {name}, which Lambda allows only once: "
                 "here they are named by their logical IDs." for name, names in by_name.items())


def _uniquely_named(functions: list[FunctionConfiguration]) -> tuple[FunctionConfiguration, ...]:
    """Name functions that share a name by their logical IDs. Repeats, because a logical ID may be another one's name in turn."""
    while True:
        names = Counter(function.name for function in functions)
        after = [_by_logical_id(function) if names[function.name] > 1 else function for function in functions]
        if after == functions:
            return tuple(after)
        functions = after


def _by_logical_id(function: FunctionConfiguration) -> FunctionConfiguration:
    own_id = function.logical_id.rpartition("/")[2]
    # CloudFormation would generate a name for a function without a FunctionName, so it shares none.
    shared = function.shared_name or (function.name if function.name not in (own_id, _path_name(function)) else "")
    return msgspec.structs.replace(function, name=_path_name(function), shared_name=shared)


def _path_name(function: FunctionConfiguration) -> str:
    return function.logical_id.replace("/", "-")
