"""Lists, in short sentences for people, which of Lambda's limits and properties the isolated sandbox does not enforce here."""

from __future__ import annotations

import platform

from workbench.model.function import FunctionConfiguration
from workbench.sandbox.process.control_group import ControlGroups

_WITHOUT = {
    "cpu": "The CPU share that follows from the memory size is not enforced: the function gets whole cores of this machine.",
    "memory": "The memory limit is enforced by looking 40 times a second: a quick allocation may pass it for a moment.",
}
_MACHINES = {"x86_64": ("x86_64", "amd64"), "arm64": ("arm64", "aarch64")}
_SYSTEM = ("The operating system is this machine's: programs and libraries of /usr are those that are installed here, not Amazon "
           "Linux's.")


def not_enforced(function: FunctionConfiguration, groups: ControlGroups, *, is_tmp_memory: bool) -> tuple[str, ...]:
    """The sentences for this function, given these control groups.

    `is_tmp_memory`: files in /tmp are charged to the group, so the kernel's limit leaves room for them and memory is sampled.
    """
    by_kernel = groups.enforced - {"memory"} if is_tmp_memory else groups.enforced
    sentences = [sentence for controller, sentence in _WITHOUT.items() if controller not in by_kernel]
    if platform.machine().lower() not in _MACHINES[function.architecture]:
        sentences.append(f"The function asks for {function.architecture} and runs on this machine's {platform.machine()}.")
    return (*sentences, _SYSTEM)
