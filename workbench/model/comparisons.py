"""What differs between two versions of a function, as it is shown."""

from __future__ import annotations

import msgspec


class SettingDifference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A setting that differs, named as in UpdateFunctionConfiguration: `Environment.STAGE`, `LoggingConfig.LogFormat`.

    `left` and `right` are its values as text, "" where it is not set. Values of environment variables are masked.
    """

    property: str
    left: str
    right: str


class FileFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file of a package."""

    size_bytes: int
    sha256: str


class FileDifference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file that differs; None where it is not there. `diff` has a unified diff's hunks, without the lines that name the files.

    `why_no_diff` says in a sentence why there is none, "" if there is one.
    """

    path: str
    left: FileFacts | None
    right: FileFacts | None
    diff: str = ""
    why_no_diff: str = ""


class Comparison(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Two versions of a function: the settings and files that differ, and the number of files that are the same.

    `why_no_code` says in a sentence why the packages could not be compared, "" if they were.
    """

    left: str
    right: str
    settings: tuple[SettingDifference, ...] = ()
    files: tuple[FileDifference, ...] = ()
    same_files: int = 0
    why_no_code: str = ""
