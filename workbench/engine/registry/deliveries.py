"""What a call brings or names at other services: its .zip, in the request or in Amazon S3, and the target of dead letters.

Sources: API reference, FunctionCode, LayerVersionContentInput; Lambda guide, "Troubleshoot deployment issues in Lambda"; recorded
answers of the service.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from workbench.engine.registry.archives import Archives
from workbench.engine.registry.checks import check_zip_size, invalid
from workbench.engine.registry.dead_letters import check_dead_letter_target
from workbench.engine.registry.records import Code
from workbench.engine.services_endpoint.dead_letter_targets import DeadLetterTargets
from workbench.engine.services_endpoint.failures import NoServicesEndpoint, ServicesUnavailable
from workbench.engine.services_endpoint.s3_objects import S3Objects, S3Refusal, TooLarge
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.lambda_names import Scope
from workbench.model.quotas import UNZIPPED_LIMIT_BYTES
from workbench.model.s3_objects import S3Object
from workbench.packages.limits import too_large_unzipped

_LIMIT_BYTES = UNZIPPED_LIMIT_BYTES + (64 << 20)
"""The maximum size of a .zip in Amazon S3. None is that much larger than its files, whose size is what Lambda limits."""


class Delivery:
    """One .zip that has come: its content, or a file that it is in; None if the call brought none."""

    def __init__(self, archives: Archives, content: bytes | Path | None) -> None:
        self._archives = archives
        self._content = content

    async def keep(self) -> Code:
        """Keep it; do that within the change that has a record of it. Raises what `Archives.keep` raises, and ServiceError."""
        if self._content is None:
            raise invalid("Please provide a source for function code.", "Send the .zip in the request, or name it in Amazon S3.")
        if isinstance(self._content, Path):
            return await self._archives.keep_file(self._content)
        return await self._archives.keep(self._content)


class Deliveries:
    """Receives what calls bring. Use it on the engine's loop. `archives`: where it is kept."""

    def __init__(self, archives: Archives, objects: S3Objects, targets: DeadLetterTargets) -> None:
        self.archives = archives
        self._objects = objects
        self._targets = targets

    async def check_dead_letters(self, given: Mapping[str, Any]) -> None:
        """Refuse a target of dead letters that Lambda would refuse; `given` are a call's parameters. Raises ServiceError.

        Do it outside of a change, which would keep others waiting for the services endpoint.
        """
        await check_dead_letter_target(self._targets, given)

    @contextlib.asynccontextmanager
    async def of(self, scope: Scope, given: Mapping[str, Any]) -> AsyncIterator[Delivery]:
        """Have what a call of this scope brings, for the block; `given` are the members of FunctionCode that it has.

        Begin it outside of a change, which would keep others waiting for the download. Raises ServiceError in Lambda's words.
        """
        content = given.get("ZipFile")
        if content is not None:
            check_zip_size(content)
            yield Delivery(self.archives, bytes(content))
        elif "S3Bucket" in given and "S3Key" in given:
            wanted = S3Object(given["S3Bucket"], given["S3Key"], given.get("S3ObjectVersion", ""))
            draft = self.archives.draft(secrets.token_hex(8))
            try:
                await self._download(scope, wanted, draft)
                yield Delivery(self.archives, draft)
            finally:
                draft.unlink(missing_ok=True)
        else:
            yield Delivery(self.archives, None)

    async def _download(self, scope: Scope, wanted: S3Object, draft: Path) -> None:
        try:
            with self.archives.open_draft(draft) as file:
                await self._objects.download(scope, wanted, file, _LIMIT_BYTES)
        except S3Refusal as error:
            raise invalid(f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}",
                          f"The services endpoint has no such object: s3://{wanted.bucket}/{wanted.key}.") from error
        except TooLarge:
            raise too_large_unzipped(wanted.key) from None
        except NoServicesEndpoint as error:
            raise invalid(f"Code in Amazon S3 needs a services endpoint, and there is none. {error.hint}") from error
        except ServicesUnavailable as error:
            raise ServiceError("ServiceException", 500, str(error), fault="Service") from error
        except OSError as error:
            message = f"The package could not be saved: {error.strerror or error}."
            raise WorkspaceError(message, f"Check the disk of {draft.parent}.") from error
