"""What the Lambda API made in a workspace, as `workbench api` lists, exports, imports and removes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from workbench.model.engine_api import gigabytes

ResourceKind = Literal["function", "template function", "layer", "event source mapping"]

ARCHIVE_LIMIT_BYTES = 2_000_000_000
"""The largest file that is exported or imported. Ours; Lambda has no such file."""


class ApiResource(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One function, layer or event source mapping. `parts` counts what belongs to it, by name: `version`, `alias`, …

    `template function`: the template made it, and the API added the parts.
    """

    kind: ResourceKind
    name: str
    region: str
    account: str
    parts: Mapping[str, int] = {}

    def sentence(self) -> str:
        """Describe it for people: `function f (us-east-1): 2 versions, 1 alias`."""
        parts = ", ".join(_counted(count, part) for part, count in self.parts.items())
        return f"{self.kind} {self.name} ({self.region})" + (f": {parts}" if parts else "")


class ApiStateReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that the API made. `packages` are the .zip files of code and layers; each is kept once.

    `has_variables`: functions among it have environment variables, whose values may be secrets.
    """

    resources: tuple[ApiResource, ...] = ()
    packages: int = 0
    size_bytes: int = 0
    has_variables: bool = False

    def sentence(self) -> str:
        """Summarize it for people: `2 functions, 1 layer, 3 packages of 1.2 MB`."""
        kinds = [each.kind for each in self.resources]
        counts = [_counted(kinds.count(kind), kind) for kind in dict.fromkeys(kinds)]
        if self.packages:
            counts.append(f"{_counted(self.packages, 'package')} of {gigabytes(self.size_bytes)}")
        return ", ".join(counts) or "nothing"


def _counted(count: int, word: str) -> str:
    if count == 1:
        return f"1 {word}"
    if word.endswith("cy"):
        return f"{count} {word[:-1]}ies"
    return f"{count} {word}{'es' if word.endswith('s') else 's'}"
