"""Dynamic references in resolved properties, `{{resolve:ssm:name}}`: looked up through the services endpoint.

Source: CloudFormation guide, "Using dynamic references to specify template values".
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from workbench.engine.cloudformation.refusals import invalid
from workbench.engine.cloudformation.services import NO_SERVICES, OtherServices
from workbench.model.lambda_names import Scope

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*?)\}\}")


class Resolved(msgspec.Struct, frozen=True):
    """A value with its dynamic references replaced. `secrets` are what they gave, each once."""

    value: Any
    secrets: tuple[str, ...]


class DynamicReferences:
    """Replaces dynamic references by what they name."""

    def __init__(self, services: OtherServices) -> None:
        self._services = services

    async def resolved(self, scope: Scope, value: Any) -> Resolved:
        """Return a value with its references replaced. Raises ServiceError for what cannot be looked up."""
        found: dict[str, None] = {}
        replaced = await self._replaced(scope, value, found)
        return Resolved(replaced, tuple(each for each in found if each))

    async def _replaced(self, scope: Scope, value: Any, found: dict[str, None]) -> Any:
        """Do so, and note in `found` what the references gave, in order."""
        if isinstance(value, dict):
            return {key: await self._replaced(scope, item, found) for key, item in value.items()}
        if isinstance(value, list):
            return [await self._replaced(scope, item, found) for item in value]
        if not isinstance(value, str) or "{{resolve:" not in value:
            return value
        parts, end = [], 0
        for match in _REFERENCE.finditer(value):
            looked_up = await self._looked_up(scope, match[1], match[2])
            found[looked_up] = None
            parts += [value[end : match.start()], looked_up]
            end = match.end()
        return "".join((*parts, value[end:]))

    async def _looked_up(self, scope: Scope, service: str, name: str) -> str:
        if not self._services.are_there:
            raise invalid(f"The dynamic reference {name} names another service, which is not available here.", NO_SERVICES)
        if service != "secretsmanager":
            return await self._services.ssm_parameter(scope, name)
        return await self._secret(scope, name)

    async def _secret(self, scope: Scope, name: str) -> str:
        """Read `id:SecretString:json-key:stage:version`; the ID may be an ARN, which has seven parts."""
        parts = name.split(":")
        size = 7 if name.startswith("arn:") else 1
        text = await self._services.secret(scope, ":".join(parts[:size]))
        key = parts[size + 1] if len(parts) > size + 1 else ""
        if not key:
            return text
        try:
            return str(msgspec.json.decode(text)[key])
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            raise invalid(f"Could not find a value associated with JSONKey {key} in SecretString") from error
