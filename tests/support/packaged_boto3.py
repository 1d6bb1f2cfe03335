"""boto3 as a function's package brings it, with the data of few services: what pip would install, without the download."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

_PACKAGES = ("boto3", "botocore", "s3transfer", "urllib3", "jmespath", "dateutil")
_MODULES = ("six",)
_DATA = ("endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json")


def package_boto3(folder: Path, *services: str) -> None:
    """Put boto3 into a function's folder."""
    for name in _PACKAGES:
        shutil.copytree(_place(name).parent, folder / name, ignore=shutil.ignore_patterns("__pycache__", "data", "examples"))
    for name in _MODULES:
        shutil.copy(_place(name), folder)
    for package in ("boto3", "botocore"):
        source = _place(package).parent / "data"
        for entry in source.iterdir():
            target = folder / package / "data" / entry.name
            target.parent.mkdir(exist_ok=True)
            if entry.is_dir() and entry.name in services:
                shutil.copytree(entry, target)
            elif entry.name.removesuffix(".gz") in _DATA:
                shutil.copy(entry, target)


def _place(name: str) -> Path:
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin)
