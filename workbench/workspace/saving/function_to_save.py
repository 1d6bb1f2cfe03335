"""A function that is not in the template yet, in the template's terms, and what came of writing it there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from workbench.model.function import FunctionConfiguration


class LayerToSave(msgspec.Struct, frozen=True, kw_only=True):
    """A layer whose content is here: its name, its .zip, and the other properties of an AWS::Serverless::LayerVersion."""

    name: str
    package: Path
    properties: Mapping[str, Any] = {}


class FunctionToSave(msgspec.Struct, frozen=True, kw_only=True):
    """A function as an AWS::Serverless::Function.

    `properties` are its own without name, place of the code, and layers. `package` is its .zip, None for an image. `layers` has
    ARNs for those that are not here. `secrets`: variables whose values become parameters of the template; `masked`: variables
    whose values are written but not shown. `folder`: the one for its code that the person named, "" for one named after it.
    `meant` is what the engine has run until now. `reserved`: names that must not become its logical ID.
    """

    name: str
    properties: Mapping[str, Any]
    meant: FunctionConfiguration
    package: Path | None = None
    layers: tuple[str | LayerToSave, ...] = ()
    secrets: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    folder: str = ""
    reserved: frozenset[str] = frozenset()


class SavedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A function that was written into the template, or would be. See `model.saving.SavingReport`."""

    template: str
    logical_id: str
    folders: tuple[str, ...]
    changes: str
    parameters: tuple[str, ...]


class PackageReader(Protocol):
    """Unpacks packages and tells whether two folders are the same package. All calls block."""

    def lay_out(self, package: Path, folder: Path) -> None:
        """Unpack a .zip into an empty folder, writable for its owner. Raises WorkbenchError."""

    def digest(self, folder: Path) -> str:
        """Return what is equal for two folders that become the same package."""
