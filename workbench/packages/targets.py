"""The target that a package is built for: a process of this machine, or Lambda's Linux in a container."""

from __future__ import annotations

import platform
import re
import sys

import msgspec

from workbench.model.function import Architecture, FunctionConfiguration, SandboxKind


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where the function will run.

    `interpreter` is the program that runs it as a process of this machine, "" in a container. `venv_packages`: the function sees
    the packages of the interpreter's virtual environment. `trusted`: building may run code from the person's folder; otherwise
    only wheels are installed, and no scripts run.
    """

    sandbox: SandboxKind
    interpreter: str = ""
    venv_packages: bool = False
    trusted: bool = False

    @property
    def is_local(self) -> bool:
        """Whether it runs with this machine's interpreters and libraries, isolated or not, rather than in a container."""
        return self.sandbox != "docker"


MACHINES: dict[Architecture, str] = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's architectures by the names that Linux and Python use."""


def language(runtime: str) -> tuple[str, tuple[int, ...]]:
    """The language and version of a runtime: ("python", (3, 13)) for python3.13, ("nodejs", (22,)) for nodejs22.x."""
    match = re.match(r"([a-z]+)([\d.]*)", runtime)
    numbers = tuple(int(number) for number in match[2].split(".") if number) if match else ()
    return (match[1] if match else ""), numbers


def is_foreign(function: FunctionConfiguration, target: Target) -> bool:
    """Whether native code built on this machine would not run on the target."""
    if target.is_local:
        return False
    here = platform.machine().lower().replace("amd64", "x86_64").replace("arm64", "aarch64")
    # On a Linux with another C library (musl on Alpine), binaries are not for Lambda's glibc either.
    return sys.platform != "linux" or here != MACHINES[function.architecture] or platform.libc_ver()[0] != "glibc"


def glibc_minor(runtime: str) -> int:
    """The minor version of a runtime's glibc: 26 (2.26) on Amazon Linux 2, 34 (2.34) on Amazon Linux 2023.

    Source: Lambda developer guide, "Lambda runtimes": AL2023 from Python 3.12 and Node.js 20 on.
    """
    family, version = language(runtime)
    return 34 if (family == "python" and version >= (3, 12)) or (family == "nodejs" and version >= (20,)) else 26
