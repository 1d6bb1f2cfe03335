"""The command line of a sandbox: enter the holder's namespaces, start bwrap with the world's files, start the supervisor."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_folders import LAYER_ROOT, TASK_ROOT
from workbench.sandbox.isolated.holder import Holder, found
from workbench.sandbox.isolated.supervisor import supervisor_command
from workbench.sandbox.isolated.world import BOOTSTRAPS, World, arguments
from workbench.sandbox.process.entrypoint import runtime_command
from workbench.sandbox.process.extensions import extension_names
from workbench.sandbox.protocol import EntrypointInvalid

USER, GROUP = 993, 990
"""Lambda's sandbox user. Source: introspection of environments of Amazon Linux 2 runtimes."""


class RuntimeProgram(msgspec.Struct, frozen=True, kw_only=True):
    """What is started as the runtime. `bootstrap`: the code's own program on this machine and its path inside.

    `bootstrap` is None if an interpreter runs the function; `failure` says why there is nothing to start, None if there is.
    """

    argv: Sequence[str]
    bootstrap: tuple[Path, str] | None = None
    failure: EntrypointInvalid | None = None


def runtime_program(command: tuple[str, ...], bootstraps: Path, function: FunctionConfiguration, opt_path: str,
                    environment: Mapping[str, str]) -> RuntimeProgram:
    """The launcher's command line with paths inside; for an OS-only runtime (`command` is ()), the code's own program."""
    try:
        argv = runtime_command(command, function.code_path, environment, opt_path)
    except EntrypointInvalid as error:
        return RuntimeProgram(argv=("/bin/false",), failure=error)  # reported by the start, as on Lambda: INIT fails
    if command:
        return RuntimeProgram(argv=[part.replace(str(bootstraps), BOOTSTRAPS) for part in argv])
    program = Path(argv[0])
    inside = f"{TASK_ROOT if program.parent == Path(function.code_path) else LAYER_ROOT}/{program.name}"
    return RuntimeProgram(argv=(inside,), bootstrap=(program, inside))


def bubble_command(holder: Holder, world: World, runtime: Sequence[str], opt_path: str) -> tuple[list[str], int]:
    """The whole command line, and the index in it where the descriptor for --info-fd must be inserted."""
    extensions = [f"{LAYER_ROOT}/extensions/{name}" for name in extension_names(opt_path)]
    before = [*holder.enter(), found("bwrap"), "--info-fd"]
    rest = ["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", *_user(), *arguments(world), "--",
            *_dropping_root(), *supervisor_command(runtime, extensions)]
    return [*before, "", *rest], len(before)


def _user() -> list[str]:
    """Options for the user. For others than root: Lambda's user in a user namespace that can have no further ones.

    For root: the capabilities that `setpriv` needs to become Lambda's user.
    """
    if os.geteuid() != 0:
        return ["--unshare-user", "--uid", str(USER), "--gid", str(GROUP), "--disable-userns", "--cap-drop", "ALL"]
    kept = [part for name in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP") for part in ("--cap-add", name)]
    return ["--cap-drop", "ALL", *kept]


def _dropping_root() -> list[str]:
    if os.geteuid() != 0:
        return []
    return [found("setpriv"), "--reuid", str(USER), "--regid", str(GROUP), "--clear-groups", "--inh-caps=-all",
            "--bounding-set=-all", "--no-new-privs", "--"]
