"""For what a package is built: a process of this machine, or Lambda's Linux in a container."""

from __future__ import annotations

import platform
import re
import sys

import msgspec

from workbench.model.function import Architecture, FunctionConfiguration, SandboxKind


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where the function will run. `interpreter` is the program that runs it in a process of this machine, "" elsewhere.

    `venv_packages`: it finds the packages of the virtual environment that the interpreter is of. `trusted`: what the person's
    folder brings may be run to build the package; else packages come as wheels alone and without their scripts.
    """

    sandbox: SandboxKind
    interpreter: str = ""
    venv_packages: bool = False
    trusted: bool = False

    @property
    def is_local(self) -> bool:
        """Whether this machine's own interpreters and libraries run it, isolated or not; else Lambda's Linux in a container."""
        return self.sandbox != "docker"


MACHINES: dict[Architecture, str] = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Linux's and Python's names of Lambda's architectures."""


def language(runtime: str) -> tuple[str, tuple[int, ...]]:
    """("python", (3, 13)) for python3.13, ("nodejs", (22,)) for nodejs22.x."""
    match = re.match(r"([a-z]+)([\d.]*)", runtime)
    numbers = tuple(int(number) for number in match[2].split(".") if number) if match else ()
    return (match[1] if match else ""), numbers


def is_foreign(function: FunctionConfiguration, target: Target) -> bool:
    """Whether native code built on this machine would not run there."""
    if target.is_local:
        return False
    here = platform.machine().lower().replace("amd64", "x86_64").replace("arm64", "aarch64")
    return sys.platform != "linux" or here != MACHINES[function.architecture] or platform.libc_ver()[0] != "glibc"


def glibc_minor(runtime: str) -> int:
    """The 2.x version of the C library in a runtime: Amazon Linux 2 has 2.26, Amazon Linux 2023 has 2.34.

    Source: Lambda developer guide, "Lambda runtimes": AL2023 from Python 3.12 and Node.js 20 on.
    """
    family, version = language(runtime)
    return 34 if (family == "python" and version >= (3, 12)) or (family == "nodejs" and version >= (20,)) else 26
