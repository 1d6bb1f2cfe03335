"""Function URLs as they are configured: of a function, or of one of its aliases.

Source: Lambda guide, "Creating and managing Lambda function URLs"; API reference, CreateFunctionUrlConfig and its neighbors;
recorded answers of the service.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.registry.attached import FunctionUrlRecord
from workbench.engine.registry.checks import check_no_tenants
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.registry import Registry
from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope

URL_ID_LENGTH = 32
_ID_CHARACTERS = string.ascii_lowercase + string.digits


class FunctionUrls:
    """Those of all functions and aliases. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions

    async def create(self, scope: Scope, name: str, alias: str, parameters: Mapping[str, Any]) -> FunctionUrlRecord:
        """CreateFunctionUrlConfig; `alias` is "" for the function's own. Raises ServiceError if there is one already."""
        return await self.add(scope, name, alias, parameters, new_url_id())

    async def add(
        self, scope: Scope, name: str, alias: str, parameters: Mapping[str, Any], url_id: str
    ) -> FunctionUrlRecord:
        """Keep a new one with this first label of its host name. Raises ServiceError if there is one already."""
        async with self._registry.changing() as change:
            name = self._existing(scope, name, alias)
            check_no_tenants(self._functions.require(scope, name).settings, "Function URLs")
            if self._registry.get(FunctionUrlRecord, scope, name, alias or LATEST) is not None:
                raise _exists(scope.function_arn(name, alias))
            now_ms = self._functions.now_ms()
            return change.keep(FunctionUrlRecord(
                scope=scope, function_name=name, qualifier=alias or LATEST, url_id=url_id, created_ms=now_ms,
                modified_ms=now_ms, auth_type=parameters["AuthType"], cors=dict(parameters.get("Cors", {})),
                invoke_mode=parameters.get("InvokeMode", "")))

    async def update(self, scope: Scope, name: str, alias: str, parameters: Mapping[str, Any]) -> FunctionUrlRecord:
        """UpdateFunctionUrlConfig: what is not given stays; Cors is replaced as a whole."""
        async with self._registry.changing() as change:
            name = self._existing(scope, name, alias)
            record = self.require(scope, name, alias)
            return change.keep(msgspec.structs.replace(
                record, modified_ms=self._functions.now_ms(), auth_type=parameters.get("AuthType", record.auth_type),
                cors=dict(parameters.get("Cors", record.cors)), invoke_mode=parameters.get("InvokeMode", record.invoke_mode)))

    def require(self, scope: Scope, name: str, alias: str) -> FunctionUrlRecord:
        """GetFunctionUrlConfig. Raises ServiceError if there is none, or no such function or alias."""
        view = self._functions.find(scope, name, alias)
        found = self._registry.get(FunctionUrlRecord, scope, view.name, alias or LATEST) if view is not None else None
        if found is None:
            hint = self._functions.not_found(scope, name, alias).hint if view is None else "CreateFunctionUrlConfig makes one."
            raise _missing("The resource you requested does not exist.", hint)
        return found

    def by_id(self, url_id: str) -> FunctionUrlRecord | None:
        """Return the function URL with this id, None if there is none."""
        return next((record for record in self._registry.all(FunctionUrlRecord) if record.url_id == url_id), None)

    def everywhere(self) -> list[FunctionUrlRecord]:
        """Return those of all Regions and accounts, by function; a function's own before those of its aliases."""
        return sorted(self._registry.all(FunctionUrlRecord), key=lambda record: record.key)

    def all(self, scope: Scope, name: str) -> list[FunctionUrlRecord]:
        """ListFunctionUrlConfigs: the function's own first, then those of its aliases by name. Raises ServiceError."""
        name = self._existing(scope, name)
        return sorted(self._registry.all(FunctionUrlRecord, scope, name), key=lambda record: record.qualifier)

    async def delete(self, scope: Scope, name: str, alias: str) -> None:
        """DeleteFunctionUrlConfig. Those of aliases stay when the function's own goes. Raises ServiceError if there is none."""
        async with self._registry.changing() as change:
            change.remove(self.require(scope, name, alias))

    def _existing(self, scope: Scope, name: str, alias: str = "") -> str:
        view = self._functions.find(scope, name, alias)
        if view is None:
            raise _missing("Function does not exist", self._functions.not_found(scope, name, alias).hint)
        return view.name


def new_url_id() -> str:
    """Return an id that no function URL had before."""
    return "".join(secrets.choice(_ID_CHARACTERS) for _ in range(URL_ID_LENGTH))


def _exists(arn: str) -> ServiceError:
    message = (f"Failed to create function url config for [functionArn = {arn}]. "
               "Error message:  FunctionUrlConfig exists for this Lambda function")
    return ServiceError("ResourceConflictException", 409, message, hint="UpdateFunctionUrlConfig changes it.")


def _missing(message: str, hint: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", 404, message, hint=hint)
