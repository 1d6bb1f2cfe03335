"""What a qualifier names, for the operations that tell a missing alias from a missing version.

Source: recorded answers of AddPermission, RemovePermission and the operations on provisioned concurrency.
"""

from __future__ import annotations

import re

from workbench.engine.registry.functions import Functions
from workbench.engine.registry.views import FunctionView
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope, is_version

_ALIAS = re.compile(r"[a-zA-Z0-9_-]+", re.ASCII)


def reads_like_alias(qualifier: str) -> bool:
    """Whether a qualifier could be the name of an alias."""
    return bool(_ALIAS.fullmatch(qualifier)) and not is_version(qualifier)


def alias_not_found(scope: Scope, name: str, alias: str) -> ServiceError:
    """Lambda's error for an alias that is not there."""
    return ServiceError("ResourceNotFoundException", 404, f"Cannot find alias arn: {scope.function_arn(name, alias)}")


def require_qualified(functions: Functions, scope: Scope, name: str, qualifier: str) -> FunctionView:
    """Return the function, the version, or the version that an alias points to first; "" is the function.

    Raises ServiceError 404.
    """
    found = functions.find(scope, name, qualifier)
    if found is not None:
        return found
    if reads_like_alias(qualifier):
        raise alias_not_found(scope, name, qualifier)
    raise functions.not_found(scope, name, qualifier)
