"""Code and layers that the template has in Amazon S3: fetched through the services endpoint, and kept like a deployment.

On AWS an object is read when a stack is deployed. Here it is read when an engine first needs it, and what was read stays in use
while it cannot be read again: the endpoint may be gone, or another one. Source: SAM specification, CodeUri, ContentUri;
CloudFormation template reference, "AWS::Lambda::Function Code".
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from workbench.engine.code_elsewhere import PlacesBeside
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.failures import NoServicesEndpoint, ServicesUnavailable
from workbench.engine.services_endpoint.s3_objects import S3Objects, S3Refusal, TooLarge
from workbench.model.declarations import Declaration, Declarations, LayerContent
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope
from workbench.model.quotas import UNZIPPED_LIMIT_BYTES
from workbench.model.s3_objects import S3Object, s3_object

_LIMIT_BYTES = UNZIPPED_LIMIT_BYTES + (64 << 20)
_PATIENCE_S = 60.0
"""How long one object may take: nothing else of the workspace is read meanwhile."""


STORED_CODE_FOLDER = "s3"
"""The folder in the workspace's state folder that keeps the objects."""


class StoredCode:
    """The CodeElsewhere of an engine with a services endpoint. Use it on the engine's loop, one call of `fetched` at a time."""

    def __init__(self, folder: Path, services: ServicesEndpoint, beside: PlacesBeside) -> None:
        """`folder` keeps what was fetched; it is made with the first object."""
        self.beside = beside
        self._folder = folder
        self._services = services
        self._objects = S3Objects(services)
        self._fetched: set[tuple[str, S3Object]] = set()
        self._failures: dict[S3Object, str] = {}

    async def fetched(self, scope: Scope, functions: Sequence[FunctionConfiguration]) -> tuple[FunctionConfiguration, ...]:
        """Return functions with what they have in Amazon S3 as files; one whose code cannot be read has that as its problem."""
        return tuple([await self._with_files(scope, each) for each in functions])

    def declared(self, declarations: Declarations) -> Declarations:
        """Return declarations with the content of layers as files, without layers whose content could not be fetched."""
        found = (self._with_content(each, each.content) if each.content is not None else each for each in declarations.all)
        return msgspec.structs.replace(declarations, all=tuple(each for each in found if each is not None))

    def _with_content(self, declaration: Declaration, content: LayerContent) -> Declaration | None:
        path = self._place(content.path)
        if s3_object(path) is not None:
            return None
        return msgspec.structs.replace(declaration, content=msgspec.structs.replace(content, path=path))

    async def _with_files(self, scope: Scope, function: FunctionConfiguration) -> FunctionConfiguration:
        for url in (function.code_in_s3, *function.layers):
            wanted = s3_object(url)
            if wanted is not None and (self._services.choice, wanted) not in self._fetched:
                await self._fetch(scope, wanted)
        function = msgspec.structs.replace(function, layers=tuple(map(self._place, function.layers)))
        code = s3_object(function.code_in_s3)
        if code is None:
            return function
        place = self._path(code)  # also of code that is not there: the folder of the template is not its code
        problems = () if self._place(code.url) != code.url else (self._failures[code],)
        return msgspec.structs.replace(function, code_path=str(place), problems=(*function.problems, *problems))

    def _place(self, reference: str) -> str:
        """Return where an object is on this machine; what is no object, or is not here, stays as it is."""
        wanted = s3_object(reference)
        return reference if wanted is None or not self._path(wanted).is_file() else str(self._path(wanted))

    def _path(self, wanted: S3Object) -> Path:
        return self._folder / f"{hashlib.sha256(wanted.url.encode()).hexdigest()}.zip"

    async def _fetch(self, scope: Scope, wanted: S3Object) -> None:
        """Fetch an object, or note why that failed."""
        draft = self._path(wanted).with_suffix(".draft")
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
                with draft.open("wb") as file:
                    await self._objects.download(scope, wanted, file, _LIMIT_BYTES)
            await asyncio.to_thread(_put, draft, self._path(wanted))
            self._fetched.add((self._services.choice, wanted))
            self._failures.pop(wanted, None)
        except (S3Refusal, TooLarge, ServicesUnavailable, TimeoutError, OSError) as error:
            self._failures[wanted] = f"{_reason(error)} The template names the code as {wanted.url}."
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def _put(draft: Path, path: Path) -> None:
    """Have a file in place of another, unless it is the same: its time stays then, and environments that run it. Blocks."""
    if not path.is_file() or path.read_bytes() != draft.read_bytes():
        os.replace(draft, path)


def _reason(error: Exception) -> str:
    """Return why an object could not be fetched, as Lambda words it where it does."""
    match error:
        case S3Refusal():
            return f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        case NoServicesEndpoint():
            return (f"Code in Amazon S3 needs a services endpoint, and there is none. {error.hint} If sam package wrote this "
                    "template, open the one that it was made from.")
        case ServicesUnavailable():
            return f"{error.message} {error.hint}".strip()
        case TooLarge():
            return f"Unzipped size must be smaller than {UNZIPPED_LIMIT_BYTES} bytes."
        case OSError() if not isinstance(error, TimeoutError):
            return f"The code could not be saved: {error.strerror or error}."
    return "The services endpoint did not send the code in time."
