"""The versions that declarations publish: AWS::Lambda::Version once, AutoPublishAlias again after each change of its function.

A version is published when it is first needed: its package may have to be built. Until then its number is known already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from workbench.engine.functions import FunctionRevision
from workbench.engine.registry.declared.published import key_of, record_of
from workbench.engine.registry.override_records import DeclaredVersionRecord
from workbench.engine.registry.records import FunctionRecord, NumberingRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.template_functions import TemplateFunctions
from workbench.engine.registry.template_versions import fingerprint_of
from workbench.engine.registry.versions import Versions
from workbench.model.declarations import Declaration
from workbench.model.failures import WorkbenchError


class _NothingNew(WorkbenchError):
    """The function is the same as when another declaration of the template published a version of it."""


class _Failure(msgspec.Struct, frozen=True):
    """Why a version was not published, and the state of the function then. `is_final`: it is not there and will not be."""

    fingerprint: str
    sentence: str
    is_final: bool


class DeclaredVersions:
    """All of them. Use it on the engine's loop."""

    def __init__(self, registry: Registry, seen: TemplateFunctions, versions: Versions) -> None:
        self._registry = registry
        self._seen = seen
        self._versions = versions
        self._declared: Mapping[str, list[Declaration]] = {}
        self._fingerprints: dict[str, tuple[FunctionRevision, str]] = {}
        self._failures: dict[str, _Failure] = {}

    def declare(self, declarations: Iterable[Declaration]) -> None:
        """Replace what is declared."""
        found: dict[str, list[Declaration]] = {}
        for each in declarations:
            if each.operation == "PublishVersion":
                found.setdefault(each.function, []).append(each)
        self._declared = found

    def number(self, declaration: Declaration) -> str:
        """Return the number that a version has, or will have if nothing else is published before; "" if that fails."""
        record = self._record(declaration)
        if record is not None:
            return record.version
        failure = self._failures.get(declaration.logical_id)
        if failure is not None and failure.is_final:
            return ""
        waiting = [each for each in self._declared.get(declaration.function, ()) if self._record(each) is None]
        return str(self._last(declaration.function) + 1 + waiting.index(declaration))

    def is_published(self, declaration: Declaration) -> bool:
        """Whether it was published."""
        return self._record(declaration) is not None

    def due(self, name: str | None, *, invoked: bool = False) -> list[Declaration]:
        """Return what has to be published of a function, by its name or logical ID; None for all functions.

        `invoked`: an invocation of it is about to begin, which is when AutoPublishAlias follows changes.
        """
        if not self._declared:
            return []
        names = self._declared if name is None else [self._name_of(name)]
        return [each for found in names for each in self._declared.get(found, ()) if self._is_due(each, invoked=invoked)]

    async def publish(self, declaration: Declaration) -> None:
        """Publish a version. Raises WorkbenchError, which `failures` tells until the function changes."""
        try:
            await self._publish(declaration)
            self._failures.pop(declaration.logical_id, None)
        except WorkbenchError as error:
            is_final = isinstance(error, _NothingNew)
            self._failures[declaration.logical_id] = _Failure(self._fingerprint(declaration.function), error.message, is_final)
            raise

    def failures(self) -> list[str]:
        """Return a sentence for each version that could not be published."""
        declared = (each.logical_id for found in self._declared.values() for each in found)
        return [f"{each}: {self._failures[each].sentence}" for each in declared if each in self._failures]

    def refused(self) -> frozenset[str]:
        """Return the logical IDs of the versions that are not there because nothing had changed."""
        return frozenset(logical_id for logical_id, failure in self._failures.items() if failure.is_final)

    async def _publish(self, declaration: Declaration) -> None:
        scope, name = self._seen.scope, declaration.function
        fingerprint = self._fingerprint(name)
        view = await self._versions.publish(scope, name, declaration.parameters)
        others = self._registry.all(DeclaredVersionRecord, scope, name)
        if not declaration.follows and any(each.version == view.version for each in others):
            # CloudFormation's refusal, with its sentence.
            raise _NothingNew(f"A version for this Lambda function exists ( {view.version} ). "
                              "Modify the function to create a new version.")
        async with self._registry.changing() as change:
            change.keep(DeclaredVersionRecord(
                scope=scope, function_name=view.name, logical_id=key_of(declaration), version=view.version,
                fingerprint=fingerprint))

    def _is_due(self, declaration: Declaration, *, invoked: bool) -> bool:
        record, failure = self._record(declaration), self._failures.get(declaration.logical_id)
        if record is None:
            return failure is None or invoked or failure.fingerprint != self._fingerprint(declaration.function)
        return declaration.follows and invoked and record.fingerprint != self._fingerprint(declaration.function)

    def _record(self, declaration: Declaration) -> DeclaredVersionRecord | None:
        return record_of(self._registry, self._seen.scope, declaration)

    def _fingerprint(self, name: str) -> str:
        """Return the state of a function as the template has it, "" for one of the API."""
        written = self._seen.written(name)
        if written is None:
            return ""
        known = self._fingerprints.get(name)
        if known is None or known[0] is not written:
            known = self._fingerprints[name] = (written, fingerprint_of(written))
        return known[1]

    def _last(self, name: str) -> int:
        scope = self._seen.scope
        numbering = self._registry.get(NumberingRecord, scope, name)
        made = self._registry.get(FunctionRecord, scope, name)
        return numbering.last_version if numbering is not None else made.last_version if made is not None else 0

    def _name_of(self, name: str) -> str:
        written = self._seen.written(name)
        return name if written is None else written.configuration.name


def numbers(versions: DeclaredVersions, declarations: Iterable[Declaration]) -> Mapping[str, str]:
    """Return the number of each declared version by its logical ID, "" for those that cannot be published."""
    return {each.logical_id: versions.number(each) for each in declarations if each.operation == "PublishVersion"}
