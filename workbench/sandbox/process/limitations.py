"""Lists, in short sentences for people, which of Lambda's limits and properties this machine does not enforce."""

from __future__ import annotations

import platform

from workbench.model.function import FunctionConfiguration
from workbench.sandbox.process.control_group import ControlGroups
from workbench.sandbox.process.extensions import extension_names
from workbench.sandbox.process.rlimits import CAN_LIMIT
from workbench.sandbox.process.signals import CAN_FREEZE

_ALWAYS = (
    "The size of /tmp is not enforced. TMPDIR is a folder of the environment's own; /tmp itself is this machine's.",
    "The file system is not read-only: the function can write wherever you can.",
    "The function runs as your user and can read your files, though AWS SDKs do not find your profiles; Lambda's user is a "
    "restricted one.",
    "Paths are this machine's: variables name the folders that stand for /var/task, /opt and /var/runtime, and PATH the "
    "interpreter's folder, /usr/local/bin, /usr/bin and /bin with the programs that are there.",
    "Shared memory (/dev/shm) is this machine's. Lambda has none: what needs it, such as the Pool, Queue and Lock of Python's "
    "multiprocessing, fails there.",
    "The network is this machine's, with everything it can reach.",
)
_WITHOUT = {
    "cpu": "The CPU share that follows from the memory size is not enforced: the function gets whole cores of this machine.",
    "pids": "The limit of 1,024 processes and threads is not enforced.",
    "memory": "The memory limit is enforced by looking 40 times a second: a quick allocation may pass it for a moment.",
}
_FILES = "The limit of 1,024 open files is not enforced."
_NOT_FROZEN = "Environments are not frozen between invocations: this system has no means for it."
_ESCAPES = "A process that leaves its session (setsid) is not frozen between invocations."
_LAYERS = ("Layers are not at /opt: variables and extensions that name /opt are led to the layers' own folder; "
           "absolute paths inside their files are not.")
_TELEMETRY = ("sandbox.localdomain is no name of this machine: an extension that receives telemetry must listen at 0.0.0.0 or "
              "localhost.")
_GEMS = ("Of the AWS SDK for Ruby, which the runtime brings, those gems are there that are installed on this machine.")
_MACHINES = {"x86_64": ("x86_64", "amd64"), "arm64": ("arm64", "aarch64")}


def not_enforced(function: FunctionConfiguration, groups: ControlGroups) -> tuple[str, ...]:
    """The sentences for this function, given these control groups."""
    sentences = [sentence for controller, sentence in _WITHOUT.items() if controller not in groups.enforced]
    sentences += [] if CAN_LIMIT else [_FILES]
    sentences += _ALWAYS
    if not CAN_FREEZE:
        sentences.append(_NOT_FROZEN)
    elif not groups.holds_all:
        sentences.append(_ESCAPES)
    return (*sentences, *_of_the_function(function))


def _of_the_function(function: FunctionConfiguration) -> list[str]:
    sentences = []
    if platform.machine().lower() not in _MACHINES[function.architecture]:
        sentences.append(f"The function asks for {function.architecture} and runs on this machine's {platform.machine()}.")
    if function.runtime.startswith("ruby"):
        sentences.append(_GEMS)
    if function.layers:
        sentences.append(_LAYERS)
    if any(extension_names(layer) for layer in function.layers):
        sentences.append(_TELEMETRY)
    return sentences
