"""Versions and aliases of a function, as much of them as the window shows of the Lambda API's answers."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from workbench.model.function_version import LATEST


class VersionInfo(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One entry of ListVersionsByFunction. `last_modified` is as Lambda writes it: `2026-11-05T12:34:56.789+0000`."""

    version: str
    description: str = ""
    last_modified: str = ""
    code_size: int = 0
    code_sha256: str = msgspec.field(name="CodeSha256", default="")

    @property
    def is_latest(self) -> bool:
        """Whether it is `$LATEST`."""
        return self.version == LATEST


class Routing(msgspec.Struct, frozen=True, rename="pascal"):
    """An alias's RoutingConfig: the share, from 0 to 1, of each version beside the alias's own."""

    additional_version_weights: Mapping[str, float] = {}


class AliasInfo(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """An alias as ListAliases has it, and as CreateAlias and UpdateAlias take it. Lambda has at most one additional version."""

    name: str
    function_version: str
    description: str = ""
    routing_config: Routing = Routing()

    @property
    def weights(self) -> Mapping[str, float]:
        """The share of each additional version."""
        return self.routing_config.additional_version_weights

    def share_of(self, version: str) -> float:
        """Return which share of the requests a version gets, from 0 to 1."""
        if version == self.function_version:
            return 1 - sum(self.weights.values())
        return self.weights.get(version, 0)
