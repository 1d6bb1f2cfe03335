"""Code that is not in the folders that a template names: beside them on this machine, or in Amazon S3."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from workbench.model.declarations import Declarations
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope

PlacesBeside = Callable[[FunctionConfiguration], Sequence[Path]]
"""Returns what goes into a function's package from places other than its code and layers. Blocks."""


class CodeElsewhere(Protocol):
    """All such code of a workspace."""

    @property
    def beside(self) -> PlacesBeside:
        """What lies beside the code of functions."""

    async def fetched(self, scope: Scope, functions: Sequence[FunctionConfiguration], /) -> tuple[FunctionConfiguration, ...]:
        """Return functions with what they have in Amazon S3 as files. Use it on the engine's loop."""

    def declared(self, declarations: Declarations, /) -> Declarations:
        """Return declarations likewise."""


class CodeBeside:
    """The CodeElsewhere of an engine that fetches nothing."""

    def __init__(self, beside: PlacesBeside) -> None:
        self.beside = beside

    async def fetched(self, _scope: Scope, functions: Sequence[FunctionConfiguration]) -> tuple[FunctionConfiguration, ...]:
        """Leave what is in Amazon S3 there."""
        return tuple(functions)

    def declared(self, declarations: Declarations) -> Declarations:
        """Leave it there."""
        return declarations
