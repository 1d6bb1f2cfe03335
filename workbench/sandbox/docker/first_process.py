"""The first process of a container: a shell that handles output, environment and the runtime's end, and how it talks with us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

OUT_OF_MEMORY_CODE = 250
"""The exit code with which a staying shell reports that the kernel killed the runtime for its memory. Podman may not notice."""

RUN_FOLDER = "/run/workbench"
"""Where a container sees the folder that it shares with us (`ContainerPlan.run_folder`)."""

OUTPUT_PIPE, GO_PIPE = "output", "go"
"""Pipes in that folder: the container's output, and (if present) the one at which the runtime waits until it may start."""

END_PIPE, STAY_PIPE = "end", "stay"
"""If present, the shell reports the exit code of a runtime that exited on its own, and stays (`runtime_exit_pipe`)."""

MEMORY_WORD = "memory"
"""Sent instead of an exit code if the kernel killed the runtime for its memory."""

LOG_DESCRIPTOR = 3
"""The descriptor to which AWS's runtime clients write log records, if the container has our pipe."""

SET_BY_ENGINES = ("HOME", "HOSTNAME", "OLDPWD", "PWD", "SHLVL", "TERM", "_", "container")
"""Variables that container engines and shells set but Lambda does not. On Lambda, Python functions do have PWD and SHLVL=0, but
from the shell of their bootstrap, which AWS's images contain as well. Source: environments recorded on Lambda in 2026."""

_TO_PIPE = f">{RUN_FOLDER}/{OUTPUT_PIPE} 2>&1"
# For a container that was started ahead. `read` fails when our end is closed: without us, nobody would let its runtime start.
_WAIT = f"[ -p {RUN_FOLDER}/{GO_PIPE} ] && {{ read _ <{RUN_FOLDER}/{GO_PIPE} || exit; }}\n"
# The same pipe, so that the order is kept, but opened a second time: O_NONBLOCK belongs to an open file, so a client that sets it
# on standard output (Node.js) does not set it on this descriptor, where it would lose what a full pipe does not take.
_RECORDS_TO_PIPE = f" {LOG_DESCRIPTOR}>{RUN_FOLDER}/{OUTPUT_PIPE}"
_TO_ONE_STREAM = "2>&1"
_BECOME = f'[ -p {RUN_FOLDER}/{END_PIPE} ] || exec "$0" "$@" {{output}}\n'
# The first process of a container is immune to signals that it sends to itself (kill, abort). So the runtime must not be first:
# without an init, the shell stays. A trapped signal ends `wait` early, hence the loop. A shell that we ended by SIGTERM does not
# report an end. 137 is SIGKILL, which anybody may have sent: only the group's count tells that it was the kernel.
_STAY = """\
says_end=
[ -p {folder}/{end} ] && says_end=yes
"$0" "$@" {output} & runtime=$!
trap 'says_end=; kill -TERM "$runtime"' TERM
wait "$runtime"; code=$?
while kill -0 "$runtime" 2>/dev/null; do wait "$runtime"; code=$?; done
word=$code
[ "$code" = 137 ] && for counts in /sys/fs/cgroup/memory/memory.oom_control /sys/fs/cgroup/memory.events; do
  [ -r "$counts" ] && while read -r name count; do
    [ "$name" = oom_kill ] && [ "$count" != 0 ] && code={out_of_memory} && word={memory}
  done <"$counts"
done
[ "$says_end" ] && echo "$word" >{folder}/{end} && read _ <{folder}/{stay}
exit "$code"
"""


def shell_command(command: Sequence[str], *, unset: Iterable[str], has_pipe: bool, has_records: bool, init: bool) -> list[str]:
    """The whole command line: a shell that merges stdout and stderr, to keep their order, and then becomes the runtime.

    `unset`: variables to hide from the runtime; `has_records`: the runtime gets LOG_DESCRIPTOR; `init`: the engine's init is the
    first process, so the shell need not stay.
    """
    output = (_TO_PIPE + _RECORDS_TO_PIPE if has_records else _TO_PIPE) if has_pipe else _TO_ONE_STREAM
    script = (_BECOME + _STAY if init else _STAY).format(
        output=output, folder=RUN_FOLDER, end=END_PIPE, stay=STAY_PIPE, memory=MEMORY_WORD, out_of_memory=OUT_OF_MEMORY_CODE)
    names = " ".join(unset)
    forget = f"unset {names}\n" if names else ""
    return ["/bin/sh", "-c", (_WAIT if has_pipe else "") + forget + script, *command]
