"""Who may use a layer version: stored and told as on Lambda. Nobody is refused a layer here, because callers are not verified.

Sources: API reference, AddLayerVersionPermission; Lambda guide, "Granting layer access to other accounts"; recorded answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.registry.checks import check_revision
from workbench.engine.registry.layer_versions import find_layer_version
from workbench.engine.registry.records import LayerVersionRecord
from workbench.engine.registry.registry import Registry, new_revision
from workbench.engine.registry.statements import statement_of
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import LayerVersionReference, Scope, layer_reference

_GET_POLICY = "GetLayerPolicy"


class LayerPolicies:
    """The resource policies of layer versions. Use it on the engine's loop."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def add(self, scope: Scope, parameters: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """AddLayerVersionPermission. Return the new statement and the policy's new RevisionId."""
        async with self._registry.changing() as change:
            record = self._require(scope, parameters)
            sid = parameters["StatementId"]
            if any(each["Sid"] == sid for each in record.statements):
                message = (f"The statement id ({sid}) provided already exists. "
                           "Please provide a new statement id, or remove the existing statement.")
                raise ServiceError("ResourceConflictException", 409, message)
            check_revision(parameters.get("RevisionId"), record.policy_revision, _GET_POLICY)
            organization = {"PrincipalOrgID": parameters.get("OrganizationId", "")}
            statement = statement_of({**parameters, **organization}, record.arn, record.scope.partition)
            record = change.keep(msgspec.structs.replace(
                record, statements=(*record.statements, statement), policy_revision=new_revision()))
        return statement, record.policy_revision

    def require(self, scope: Scope, parameters: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """GetLayerVersionPolicy. Return the policy's document and its RevisionId. Raises ServiceError if there is none."""
        record = self._require(scope, parameters)
        if not record.statements:
            raise _no_policy()
        return {"Version": "2012-10-17", "Id": "default", "Statement": list(record.statements)}, record.policy_revision

    async def remove(self, scope: Scope, parameters: Mapping[str, Any]) -> None:
        """RemoveLayerVersionPermission. The last statement takes the policy with it."""
        async with self._registry.changing() as change:
            record = self._require(scope, parameters)
            if not record.statements:
                raise _no_policy()
            check_revision(parameters.get("RevisionId"), record.policy_revision, _GET_POLICY)
            left = tuple(each for each in record.statements if each["Sid"] != parameters["StatementId"])
            if len(left) == len(record.statements):
                message = f"Statement {parameters['StatementId']} is not found in resource policy."
                raise ServiceError("ResourceNotFoundException", 404, message)
            change.keep(msgspec.structs.replace(record, statements=left, policy_revision=new_revision() if left else ""))

    def _require(self, scope: Scope, parameters: Mapping[str, Any]) -> LayerVersionRecord:
        home, layer = layer_reference(parameters["LayerName"], scope)
        arn = LayerVersionReference(home, layer, parameters["VersionNumber"]).arn
        record = find_layer_version(self._registry, arn)
        if record is None or record.is_deleted:
            raise ServiceError("ResourceNotFoundException", 404, f"Layer version {arn} does not exist.")
        return record


def _no_policy() -> ServiceError:
    return ServiceError("ResourceNotFoundException", 404, "No policy is associated with the given resource.")
