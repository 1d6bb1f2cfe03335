"""Check the sizes of deployment packages, with Lambda's errors for those that are too large or broken.

Source: Lambda developer guide, "Lambda quotas"; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.model.failures import ServiceError
from workbench.model.quotas import UNZIPPED_LIMIT_BYTES, ZIPPED_LIMIT_BYTES

_INVALID = "InvalidParameterValueException"


def refused(message: str, hint: str) -> ServiceError:
    """Lambda's answer to a package or layer that it does not accept."""
    return ServiceError(_INVALID, 400, message, hint=hint)


def not_a_package(name: str, reason: str) -> ServiceError:
    """The error for an archive that is broken or malicious; `reason` becomes part of the hint."""
    return refused("Could not unzip uploaded file. Please check your file, then try to upload again.",
                   f"{name}: {reason}. Create the .zip again.")


def too_large_unzipped(name: str) -> ServiceError:
    """The error for an archive or folder that exceeds the limit on its own."""
    return refused(f"Unzipped size must be smaller than {UNZIPPED_LIMIT_BYTES} bytes",
                   f"{name} is larger than 250 MB: leave out what the function does not need at run time.")


def check_sizes(name: str, code_bytes: int, layers_bytes: Sequence[int]) -> None:
    """Raise ServiceError in Lambda's words when the code, or code and layers together, are above 250 MB."""
    if code_bytes > UNZIPPED_LIMIT_BYTES:
        raise too_large_unzipped(f"The code of {name}")
    if sum(layers_bytes) > UNZIPPED_LIMIT_BYTES:
        raise refused(f"Layers consume more than the available size of {UNZIPPED_LIMIT_BYTES} bytes",
                      f"{name} may have layers of 250 MB in all.")
    total = code_bytes + sum(layers_bytes)
    if total > UNZIPPED_LIMIT_BYTES:
        raise refused(f"Function code combined with layers exceeds the maximum allowed size of {UNZIPPED_LIMIT_BYTES} bytes. "
                      f"The actual size is {total} bytes.",
                      f"{name}: {_mb(code_bytes)} of code and {_mb(sum(layers_bytes))} of layers; 250 MB are allowed in all.")


def zipped_notice(name: str, zipped_bytes: int) -> str:
    """A sentence on a .zip that Lambda accepts only through S3, "" for a smaller one."""
    if zipped_bytes <= ZIPPED_LIMIT_BYTES:
        return ""
    return (f"{name} has {_mb(zipped_bytes)}: above 50 MB, Lambda accepts it only from Amazon S3 (sam deploy uploads it there); "
            f"a direct upload is refused with “Zipped size must be smaller than {ZIPPED_LIMIT_BYTES} bytes”.")


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1_048_576:.1f} MB"
