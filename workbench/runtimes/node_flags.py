"""The flags with which Lambda starts Node.js.

Source: Lambda guide, "Building Lambda functions with Node.js", "Experimental features"; start-up scripts of the runtimes that
people have published from AWS's images (nodejs18.x to nodejs24.x), and arguments recorded by wrapper scripts.
"""

from __future__ import annotations

from workbench.runtimes.versions import Version

_HEADER_BYTES = 81_920
_SMALLER_SEMI_SPACE_FROM = 20
_HEAP_OPTIONS = ("--max-semi-space-size", "--max-old-space-size")
_DISABLED: dict[str, tuple[int, ...]] = {"require-module": (20, 22), "detect-module": (22,)}
_KNOWN_FROM: dict[str, dict[int, Version]] = {
    "require-module": {20: (20, 17), 22: (22, 0)}, "detect-module": {20: (20, 10), 21: (21, 1)},
}


def node_flags(memory_mb: int, runtime: Version, interpreter: Version, node_options: str) -> tuple[str, ...]:
    """The arguments between the program and the file that it runs.

    `runtime` is the version that the function asks for and `interpreter` the one that runs it; flags that the latter would refuse
    are left out. `node_options` is the function's NODE_OPTIONS, which may spell options with `-` or `_`.
    """
    options = node_options.replace("_", "-")
    heap = () if any(option in options for option in _HEAP_OPTIONS) else _heap(memory_mb, runtime)
    return ("--expose-gc", f"--max-http-header-size={_HEADER_BYTES}", *heap, *_disabled(runtime, interpreter, options))


def _heap(memory_mb: int, runtime: Version) -> tuple[str, ...]:
    """The heap's sizes: a tenth of the memory for the young generation and memory outside the heap, the rest for the old one."""
    tenth_mb = memory_mb // 10
    semi_space_mb = tenth_mb // 2 // 3 if runtime[:1] >= (_SMALLER_SEMI_SPACE_FROM,) else tenth_mb // 2
    return (f"--max-semi-space-size={semi_space_mb}", f"--max-old-space-size={memory_mb - tenth_mb}")


def _disabled(runtime: Version, interpreter: Version, options: str) -> tuple[str, ...]:
    """Flags that turn off features as Lambda does, except those that the function asks for."""
    # A flag that the interpreter does not know must be left out: Node.js ends with status 9 instead of ignoring it.
    return tuple(
        f"--no-experimental-{feature}" for feature, runtimes in _DISABLED.items()
        if runtime and runtime[0] in runtimes
        and _knows(interpreter, feature) and f"--experimental-{feature}" not in options)


def _knows(interpreter: Version, feature: str) -> bool:
    """Whether a version of Node.js has the flag; each release line received it in a different version."""
    since, line = _KNOWN_FROM[feature], interpreter[0] if interpreter else 0
    return line > max(since) or (line in since and interpreter >= since[line])
