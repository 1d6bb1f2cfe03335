"""Node.js, AWS's own runtime clients for it and its SDK, installed on demand into the cache folder of the user.

AWS's clients compile native code on installation (cmake, g++, autoconf, automake, libtool): minutes, once a machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.one_at_a_time import one_at_a_time

CACHE = Path.home() / ".cache" / "lambda-workbench-tests"
CLIENT_VERSIONS = {"callbacks": "3.3.0", "promises": "4.0.2"}
"""The newest release of AWS's client for either generation of handlers."""
SDK_VERSION = "3.1162.0"
CDK_VERSIONS = ("2.1148.1", "2.276.0", "10.8.1")
"""Of the command line, of the library, and of the constructs that it is made of."""


@dataclass(frozen=True)
class Generation:
    """How handlers are written: with callbacks (Node.js up to 22) or promises alone (from 24). `node` is what runs it."""

    name: str
    node: str
    execution_env: str


class NotInstalled(Exception):
    """Why a client or an interpreter cannot be had here."""


def generations() -> list[Generation]:
    """Both, each run by the node of this machine if it is new enough for AWS's client, else by one from npm."""
    node = shutil.which("node")
    if node is None:
        return []
    return [Generation("callbacks", node, "AWS_Lambda_nodejs20.x"), Generation("promises", node, "AWS_Lambda_nodejs24.x")]


@cache
def aws_client(generation: Generation) -> tuple[str, Path]:
    """A node and the program file of AWS's client for a generation. Raises NotInstalled."""
    node = generation.node if generation.name == "callbacks" or _major(generation.node) >= 22 else str(_newer_node())
    version = CLIENT_VERSIONS[generation.name]
    folder = CACHE / ("ric3" if generation.name == "callbacks" else "ric4")
    entry = "bin/index.mjs" if generation.name == "callbacks" else "index.mjs"
    program = folder / "node_modules" / "aws-lambda-ric" / entry
    with one_at_a_time("node"):
        if not program.exists():
            npm_install(folder, [f"aws-lambda-ric@{version}"], Path(node).parent)
    return node, program


def callbacks_client() -> Path:
    """The folder of AWS's client of the older generation, compiled. Raises NotInstalled."""
    for generation in generations():
        if generation.name == "callbacks":
            return aws_client(generation)[1].parents[1]
    raise NotInstalled("there is no Node.js on this machine")


def lambda_sdk() -> tuple[str, Path]:
    """A node, and the folder that has the SDK's client for Lambda (`@aws-sdk/client-lambda`). Raises NotInstalled."""
    node, folder = shutil.which("node"), CACHE / f"client-lambda-{SDK_VERSION}"
    if node is None:
        raise NotInstalled("there is no Node.js on this machine")
    with one_at_a_time("client-lambda"):
        if not (folder / "node_modules" / "@aws-sdk" / "client-lambda" / "package.json").exists():
            npm_install(folder, [f"@aws-sdk/client-lambda@{SDK_VERSION}"], Path(node).parent)
    return node, folder


def cdk() -> tuple[str, Path]:
    """A node, and the folder that has the AWS CDK: its command line and its library. Raises NotInstalled."""
    node, folder = shutil.which("node"), CACHE / f"cdk-{CDK_VERSIONS[0]}"
    if node is None:
        raise NotInstalled("there is no Node.js on this machine")
    packages = [f"{name}@{version}" for name, version in zip(("aws-cdk", "aws-cdk-lib", "constructs"), CDK_VERSIONS, strict=True)]
    with one_at_a_time("cdk"):
        if not (folder / "node_modules" / "constructs" / "package.json").exists():
            npm_install(folder, packages, Path(node).parent)
    return node, folder


def _newer_node() -> Path:
    folder = CACHE / "node24"
    program = folder / "node_modules" / ".bin" / "node"
    with one_at_a_time("newer-node"):
        if not program.exists():
            npm_install(folder, ["node@24"], None)
    return program


def npm_install(folder: Path, packages: Sequence[str], node_folder: Path | None) -> None:
    """Install packages of npm into a folder, with the node of `node_folder` if there is one. Raises NotInstalled."""
    folder.mkdir(parents=True, exist_ok=True)
    path = os.environ["PATH"] if node_folder is None else f"{node_folder}{os.pathsep}{os.environ['PATH']}"
    command = ["npm", "install", "--prefix", str(folder), "--no-fund", "--no-audit", *packages]
    try:
        done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(f"npm could not install {packages}: {error}") from error
    if done.returncode != 0:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        raise NotInstalled(f"npm could not install {packages}: {done.stderr.strip().splitlines()[-3:]}")


def _major(node: str) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.removeprefix("v").split(".")[0])
