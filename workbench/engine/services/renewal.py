"""What a change makes old: environments end, and what is kept ahead of requests is made anew."""

from __future__ import annotations

from collections.abc import Callable, Collection

from workbench.engine.concurrency.ahead import Ahead
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.concurrency.provisioned import ProvisionedEnvironments
from workbench.engine.registry.resources import Resources
from workbench.engine.sandboxes import SandboxSelector
from workbench.model.function_version import FunctionVersion


class Renewal:
    """Call it after a change is in force: what is made anew must be made from it. Use it on the engine's loop."""

    def __init__(
        self, sandboxes: SandboxSelector, pool: EnvironmentPool, provisioned: ProvisionedEnvironments, ahead: Ahead,
        resources: Resources,
    ) -> None:
        self._sandboxes = sandboxes
        self._pool = pool
        self._provisioned = provisioned
        self._ahead = ahead
        self._resources = resources

    def functions(self, *names: str) -> None:
        """Renew the environments of these functions. Their preparations stay: forget those first if they are old as well."""
        self._renew(lambda _: True, names)

    def unpublished(self, *names: str) -> None:
        """Renew those of their `$LATEST`, and of versions that are gone. Versions that are still there do not change."""
        self._renew(lambda version: not self._resources.is_published(version), names)

    def _renew(self, matches: Callable[[FunctionVersion], bool], names: Collection[str]) -> None:
        self._pool.retire(lambda key: key.function.name in names and matches(key.function), "changed")
        self._provisioned.renew(*names)  # after `retire`, which counts out the old ones
        self._ahead.changed(*names)

    def without_credentials(self) -> None:
        """Try again what failed for want of credentials."""
        self._provisioned.renew_credentials()

    @property
    def asks_for_credentials(self) -> bool:
        """Whether that is being done."""
        return self._provisioned.is_asking

    def everything(self) -> None:
        """Forget all preparations and renew all environments."""
        self._sandboxes.forget()  # before the others, which prepare anew
        self._pool.retire(lambda _: True, "changed")
        self._provisioned.renew()
        self._ahead.forget()
