"""CodeSha256 and CodeSize of the template's functions: of the .zip that a deployment would upload of their own code.

A package is made when somebody asks for what is told of it, in a thread, and again when the code has changed.
Source: API reference, FunctionConfiguration, CodeSha256: "The SHA256 hash of the function's deployment package".
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterable

import msgspec

from workbench.engine.functions import FunctionRevision
from workbench.engine.registry.records import Code
from workbench.model.failures import WorkbenchError
from workbench.packages.deployment import deployment_package


class _Known(msgspec.Struct, frozen=True):
    """What is known of a revision's package. `archive` is the name by which it can be downloaded, "" if none can be made."""

    revision: FunctionRevision
    code: Code
    archive: str = ""


class TemplatePackages:
    """What is known of the packages. Use it on the engine's loop."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    async def know(self, revisions: Iterable[FunctionRevision]) -> None:
        """Find out what is not known of these."""
        unknown = [each for each in revisions if self._of(each) is None and each.configuration.image is None]
        if unknown:
            for known in await asyncio.to_thread(lambda: [_measured(each) for each in unknown]):
                self._known[known.revision.configuration.name] = known

    def code(self, revision: FunctionRevision) -> Code:
        """Return a function's own code in the API's terms. One that is not known yet has the fingerprint of its files."""
        image = revision.configuration.image
        if image is not None:
            return image_code(image.uri) if image.uri else Code(sha256=revision.code_fingerprint)
        known = self._of(revision)
        return _fingerprint(revision) if known is None else known.code

    def archive(self, revision: FunctionRevision) -> str:
        """Return the name under which `content` has a function's package, "" if it has none."""
        known = self._of(revision)
        return "" if known is None else known.archive

    async def content(self, archive: str) -> bytes | None:
        """Make a package again, by its name. None if there is none of this name, or the code has changed since."""
        known = next((each for each in self._known.values() if each.archive == archive), None)
        if known is None:
            return None
        content = await asyncio.to_thread(_content, known.revision)
        if content is not None and hashlib.sha256(content).hexdigest() == archive.partition(".")[0]:
            return content
        # Templates and events that lie among the code are packaged, but saving one makes no other revision.
        self._known.pop(known.revision.configuration.name, None)
        return None

    def _of(self, revision: FunctionRevision) -> _Known | None:
        known = self._known.get(revision.configuration.name)
        is_same = known is not None and (
            known.revision is revision
            or (known.revision.code_fingerprint == revision.code_fingerprint
                and known.revision.configuration == revision.configuration))
        return known if is_same else None


def image_code(uri: str) -> Code:
    """Return an image in the API's terms.

    On AWS its digest is that of the manifest, which is known here only if the URI names it. Otherwise it is one of the URI.
    """
    return Code(sha256=uri.partition("@sha256:")[2] or hashlib.sha256(uri.encode()).hexdigest(), image_uri=uri)


def _measured(revision: FunctionRevision) -> _Known:
    content = _content(revision)
    if content is None:
        return _Known(revision, _fingerprint(revision))
    digest = hashlib.sha256(content)
    code = Code(sha256=base64.b64encode(digest.digest()).decode(), size_bytes=len(content))
    return _Known(revision, code, f"{digest.hexdigest()}.zip")


def _content(revision: FunctionRevision) -> bytes | None:
    """Return a package, None if none can be made: invoking the function tells why."""
    try:
        return deployment_package(revision.configuration)
    except (OSError, WorkbenchError):
        return None


def _fingerprint(revision: FunctionRevision) -> Code:
    fingerprint = bytes.fromhex(revision.code_fingerprint)
    return Code(sha256=base64.b64encode(fingerprint).decode(), size_bytes=revision.code_size_bytes)
