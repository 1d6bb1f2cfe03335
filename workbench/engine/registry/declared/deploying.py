"""Turns declarations into records, by the operations of the API that would make them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import msgspec

from workbench.engine.registry.declared.marks import with_numbers
from workbench.engine.registry.declared.staging import Staging
from workbench.engine.registry.declared.versions import DeclaredVersions
from workbench.model.declarations import Checked, Declaration
from workbench.model.failures import ServiceError

_log = logging.getLogger(__name__)

class Deploying:
    """Turns declarations into records."""

    def __init__(self, make: Callable[[], Staging], checked: Checked, is_hidden: Callable[[str], bool]) -> None:
        """`is_hidden`: whether the API deleted the function of a name."""
        self.staging = make
        self._checked = checked
        self._is_hidden = is_hidden

    async def deploy(
        self, staging: Staging, declaration: Declaration, known: Mapping[str, str], versions: DeclaredVersions
    ) -> str:
        """Make one record; return what is wrong as a sentence, "" for nothing."""
        if declaration.function and self._is_hidden(declaration.function):
            return ""
        try:
            if declaration.operation == "PublishVersion":
                if known[declaration.logical_id] and not versions.is_published(declaration):
                    await staging.expect(declaration.function, known[declaration.logical_id])
            elif staging.makes(declaration.operation):
                await self._make(staging, declaration, known)
        except ServiceError as error:
            return f"{declaration.logical_id}: {error.message}{f' {error.hint}' if error.hint else ''}"
        except Exception as failure:  # whatever somebody has written must not stop the engine
            _log.info("%s cannot be taken in", declaration.logical_id, exc_info=True)
            return f"{declaration.logical_id} cannot be taken in ({type(failure).__name__}); look for an unusual value."
        return ""

    async def _make(self, staging: Staging, declaration: Declaration, known: Mapping[str, str]) -> None:
        each = _with(declaration, with_numbers(declaration.qualifier, known))
        arn = staging.scope.function_arn(each.function, each.qualifier)
        given = {**with_numbers(dict(each.parameters), known), **({"Qualifier": each.qualifier} if each.qualifier else {})}
        if each.operation in _BY_ARN:
            given[_BY_ARN[each.operation]] = arn
        await staging.make(each, self._checked(each.operation, given))


_BY_ARN = {"CreateEventSourceMapping": "FunctionName", "TagResource": "Resource"}
"""Operations that are given the function's ARN, and the parameter."""


def _with(declaration: Declaration, qualifier: str) -> Declaration:
    return msgspec.structs.replace(declaration, qualifier=qualifier)
