"""Tenant isolation: a request names a tenant exactly if its function isolates tenants.

Source: Lambda guide, "Tenant isolation" and "Troubleshooting tenant isolation"; the recorded answer to a request without a
tenant. That to one too many is worded after it.
"""

from __future__ import annotations

from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration


def check_tenant(function: FunctionConfiguration, tenant_id: str) -> None:
    """Raise ServiceError 400 for a tenant too few or too many."""
    if function.is_per_tenant and not tenant_id:
        raise _refused("The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and "
                       "try again.", "TenantId in an SDK, --tenant-id in the AWS CLI and with workbench invoke, the field "
                       "beside the function in the window.")
    if tenant_id and not function.is_per_tenant:
        raise _refused("The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request "
                       "and try again.", "TenancyConfig of the function isolates tenants.")


def _refused(message: str, hint: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", 400, message, hint=hint)
