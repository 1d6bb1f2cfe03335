"""A function as everyone sees it, whatever its source."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from workbench.engine.registry.records import Code, Definition, Settings
from workbench.model.function import FunctionSource
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope


class FunctionView(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a function, `$LATEST` or a published one, as the API describes it.

    `update` is LastUpdateStatus, "" for none. `is_qualified` says whether its ARN ends in the version. `layer_sizes`: bytes
    of each layer that is here, by ARN. `reason` and `reason_code` say why it is Failed or Inactive, "" if it is not.
    """

    scope: Scope
    name: str
    definition: Definition
    revision_id: str
    modified_ms: int
    version: str = LATEST
    source: FunctionSource = "api"
    state: str = "Active"
    update: str = ""
    reason: str = ""
    reason_code: str = ""
    is_qualified: bool = False
    layer_sizes: Mapping[str, int] = {}

    @property
    def code(self) -> Code:
        """Its package."""
        return self.definition.code

    @property
    def settings(self) -> Settings:
        """Its settings in the API's terms."""
        return self.definition.settings

    @property
    def arn(self) -> str:
        """Its ARN, qualified or not."""
        return self.scope.function_arn(self.name, self.version if self.is_qualified else "")
