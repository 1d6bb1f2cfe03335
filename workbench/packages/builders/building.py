"""What the builders share: the request, the result, and the explanation of a failed build."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path

import msgspec

from workbench.model.failures import NotTrusted
from workbench.model.function import Build, FunctionConfiguration
from workbench.packages.build_failures import DependencyError
from workbench.packages.builders.recipes import ESBUILD
from workbench.packages.dependencies import again_after, is_network
from workbench.packages.folders import Placed
from workbench.packages.store import Entry
from workbench.packages.targets import Target

SKIP_BUILD = "SkipBuild"
_SHOWN_LINES = 20
_PREFIX = re.compile(r"(?:Esbuild|Make|Gradle|Maven) Failed: ")
_STACK = re.compile(r"\s+at (?:java|sun|org|jdk)\.|\s+\.\.\. \d+ more")
_METER = re.compile(r"\s*% Total\b|\s*Dload\b|\s*\d+ +\d+ .*--:--")
_NO_PROGRAM = re.compile(r"make: (\S+): (?:No such file or directory|command not found)|(\S+): (?:command )?not found")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A package to build from the folder `source`: that of `function`, or of one of its layers.

    `method` is the BuildMethod, or the runtime when Metadata names none.
    """

    function: FunctionConfiguration
    target: Target
    source: Path
    build: Build
    method: str
    is_layer: bool = False

    @property
    def name(self) -> str:
        """What is built, for messages: "Thumbnail", "the layer Libraries"."""
        return f"the layer {self.build.logical_id}" if self.is_layer else self.function.name


def placed(entry: Entry, notices: Sequence[str] = ()) -> Placed:
    """A built package; `notices` are added before its own."""
    return Placed(path=entry.content, size_bytes=entry.note.size_bytes, identity=entry.content.parent.name,
                  notices=(*notices, *entry.note.notices))


def require_trust(asked: Asked) -> None:
    """Raise NotTrusted unless the person has allowed this folder's builds to run."""
    if not asked.target.trusted:
        raise NotTrusted(f"The package of {asked.name} is built with {asked.method}, which would run on this machine.")


def skips_build(build: Build | None) -> bool:
    """Whether Metadata says that the package is already built (SkipBuild)."""
    return build is not None and str(build.properties.get(SKIP_BUILD, "")).lower() == "true"


def failure(asked: Asked, lines: Sequence[str], places: Mapping[str, str]) -> DependencyError:
    """The error for a failed build: the builder's own lines, with advice.

    `places` maps our working folders to the person's, which replace them in the lines. Stack traces and progress meters are left
    out.
    """
    # From "node:" on, Node.js shows its own stack for the failed esbuild process.
    told = [_PREFIX.sub("", line) for line in takewhile(lambda line: not line.startswith("node:"), lines)]
    for ours, theirs in places.items():
        told = [line.replace(ours, theirs) for line in told]
    told = [line for line in told if not _STACK.match(line)]
    told = [_METER.sub("", line) if "curl:" in line else line for line in told if "curl:" in line or not _METER.match(line)]
    message = f"The build of {asked.name} with {asked.method} failed."
    again = "at once" if _NO_PROGRAM.search("\n".join(told)) else again_after(told)
    return DependencyError(message, _advice(asked, "\n".join(told)), told[:_SHOWN_LINES], again)


def _advice(asked: Asked, text: str) -> str:
    if asked.method == ESBUILD:
        return _advice_on_esbuild(text)
    if "No rule to make target" in text:
        return f"The Makefile beside the code needs a target build-{asked.build.logical_id}."
    missing = _NO_PROGRAM.search(text)
    if missing:
        return f"The build runs {missing[1] or missing[2]}, which is not on PATH: install it, then invoke again."
    if is_network([text]):
        return "Check the network and what the build downloads, then invoke again."
    if "Makefile not found" in text:
        return f"Put a Makefile with a target build-{asked.build.logical_id} into {asked.source.name}."
    return "Correct what the builder names; sam build fails on it as well."


def _advice_on_esbuild(text: str) -> str:
    if "Could not resolve" in text:
        return ("List the package under dependencies in the package.json beside the code (development dependencies are not "
                "installed), or name it under External in BuildProperties.")
    if "entry point" in text:
        return "Correct EntryPoints in BuildProperties, or Handler: paths are relative to CodeUri."
    return "Correct what esbuild names, or BuildProperties in Metadata."
