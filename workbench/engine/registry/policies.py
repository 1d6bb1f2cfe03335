"""Resource-based policies of functions, versions and aliases. They are kept and shown; function URLs ask them for permission.

Source: API reference, AddPermission, GetPolicy, RemovePermission; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from workbench.engine.registry.attached import FunctionUrlRecord, PolicyRecord
from workbench.engine.registry.checks import check_revision, invalid
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.qualifiers import require_qualified
from workbench.engine.registry.records import AliasRecord
from workbench.engine.registry.registry import Registry, new_revision
from workbench.engine.registry.statements import check_principal, check_url_condition, statement_of
from workbench.engine.registry.url_permissions import admit_everyone
from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope
from workbench.model.quotas import POLICY_LIMIT_BYTES

_CALL = "GetPolicy"


class Policies:
    """All policies. A policy is the function's or of one version or alias. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions

    async def add(self, scope: Scope, name: str, qualifier: str, parameters: Mapping[str, Any]) -> str:
        """AddPermission. Return the new statement as JSON. Raises ServiceError in the service's order of checks."""
        if qualifier == LATEST:
            raise invalid("We currently do not support adding policies for $LATEST.")
        check_principal(parameters["Principal"])
        check_url_condition(parameters)
        async with self._registry.changing() as change:
            name = require_qualified(self._functions, scope, name, qualifier).name
            policy = self._get(scope, name, qualifier)
            self._check_revision(parameters.get("RevisionId"), policy, scope, name, qualifier)
            before = policy.statements if policy is not None else ()
            _check_free(before, parameters["StatementId"])
            statement = statement_of(parameters, scope.function_arn(name, qualifier), scope.partition)
            statements = (*before, statement)
            _check_size(statements)
            change.keep(PolicyRecord(scope=scope, function_name=name, qualifier=qualifier or LATEST, revision_id=new_revision(),
                                     statements=statements))
        return _json(statement)

    def get(self, scope: Scope, name: str, qualifier: str) -> tuple[str, str]:
        """GetPolicy. Return the policy as JSON, and its revision. Raises ServiceError if there is none."""
        view = self._functions.find(scope, name, qualifier)
        policy = self._get(scope, view.name, qualifier) if view is not None else None
        if policy is None:
            raise ServiceError("ResourceNotFoundException", 404, "The resource you requested does not exist.")
        return _document(policy.statements), policy.revision_id

    def admits_everyone_by_url(self, url: FunctionUrlRecord) -> bool:
        """Whether everyone may call a function URL that asks for no signature, by the policy of its function or alias."""
        policy = self._registry.get(PolicyRecord, url.scope, url.function_name, url.qualifier)
        return policy is not None and admit_everyone(policy.statements)

    async def remove(self, scope: Scope, name: str, qualifier: str, statement_id: str, revision: str | None) -> None:
        """RemovePermission. The policy goes with its last statement."""
        async with self._registry.changing() as change:
            name = self._named(scope, name)
            require_qualified(self._functions, scope, name, qualifier)
            policy = self._get(scope, name, qualifier)
            if policy is None:
                raise _missing("No policy is associated with the given resource.")
            left = tuple(each for each in policy.statements if each["Sid"] != statement_id)
            if len(left) == len(policy.statements):
                raise _missing(f"Statement {statement_id} is not found in resource policy.")
            check_revision(revision, policy.revision_id, _CALL)
            if left:
                change.keep(msgspec.structs.replace(policy, statements=left, revision_id=new_revision()))
            else:
                change.remove(policy)

    def _named(self, scope: Scope, name: str) -> str:
        found = self._functions.find(scope, name)
        if found is None:
            raise _missing(f"No policy found for: {scope.function_arn(name)}")
        return found.name

    def _get(self, scope: Scope, name: str, qualifier: str) -> PolicyRecord | None:
        return self._registry.get(PolicyRecord, scope, name, qualifier or LATEST)

    def _check_revision(
        self, given: str | None, policy: PolicyRecord | None, scope: Scope, name: str, qualifier: str
    ) -> None:
        """Check the guard: the policy's revision, not the function's; where an alias has no policy yet, the alias's."""
        alias = self._registry.get(AliasRecord, scope, name, qualifier)
        guarded = policy or alias
        check_revision(given, guarded.revision_id if guarded is not None else "", _CALL)


def _check_free(statements: Sequence[Mapping[str, Any]], statement_id: str) -> None:
    if any(each["Sid"] == statement_id for each in statements):
        message = (f"The statement id ({statement_id}) provided already exists. Please provide a new statement id, "
                   "or remove the existing statement.")
        raise ServiceError("ResourceConflictException", 409, message)


def _check_size(statements: Sequence[Mapping[str, Any]]) -> None:
    size = len(_document(statements).encode())
    if size > POLICY_LIMIT_BYTES:
        message = f"The final policy size ({size}) is bigger than the limit ({POLICY_LIMIT_BYTES})."
        raise ServiceError("PolicyLengthExceededException", 400, message)


def _missing(message: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", 404, message)


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return _json({"Version": "2012-10-17", "Id": "default", "Statement": statements})


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
