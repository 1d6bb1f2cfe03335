"""Operations on the account."""

from __future__ import annotations

from workbench.engine.registry.resources import Resources
from workbench.gateway.operations.call import Answer, Call
from workbench.model.quotas import CODE_STORAGE_LIMIT_BYTES, UNZIPPED_LIMIT_BYTES, ZIPPED_LIMIT_BYTES


class AccountOperations:
    """Show what the account may use, and uses, in a Region."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def get_account_settings(self, call: Call) -> Answer:
        """GetAccountSettings. The limits are those of an account at AWS, not of this machine; the concurrency is a setting."""
        usage, scope = self._resources.usage, call.scope
        await self._resources.functions.know_packages(scope)
        return {
            "AccountLimit": {
                "TotalCodeSize": CODE_STORAGE_LIMIT_BYTES, "CodeSizeUnzipped": UNZIPPED_LIMIT_BYTES,
                "CodeSizeZipped": ZIPPED_LIMIT_BYTES, "ConcurrentExecutions": self._resources.concurrency.account_limit,
                "UnreservedConcurrentExecutions": self._resources.concurrency.unreserved(scope),
            },
            "AccountUsage": {"TotalCodeSize": usage.code_bytes(scope), "FunctionCount": usage.functions(scope)},
        }
