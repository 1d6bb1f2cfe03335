"""The first process of a container: a shell that sees to output, environment and the runtime's end, and how it talks with us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

OUT_OF_MEMORY_CODE = 250
"""How the shell that stays as first process says that the kernel killed the runtime for its memory: Podman may not notice."""

RUN_FOLDER = "/run/workbench"
"""Where a container has the folder that it shares with us (`ContainerPlan.run_folder`)."""

OUTPUT_PIPE, GO_PIPE = "output", "go"
"""Names in that folder: what the container writes, and, if it is there, what the runtime waits for until it may start."""

END_PIPE, STAY_PIPE = "end", "stay"
"""If they are there, the shell stays when the runtime has exited on its own, and reports its exit code (`runtime_exit_pipe`)."""

MEMORY_WORD = "memory"
"""Said instead of a code when the kernel killed the runtime for its memory."""

LOG_DESCRIPTOR = 3
"""The descriptor that AWS's runtime clients write records to, where the container has our pipe."""

SET_BY_ENGINES = ("HOME", "HOSTNAME", "OLDPWD", "PWD", "SHLVL", "TERM", "_", "container")
"""Variables that container engines and shells set and Lambda does not. Lambda's Python has PWD and SHLVL=0 from the shell of
its own bootstrap, which AWS's images have too. Source: environments recorded on Lambda in 2026."""

_TO_PIPE = f">{RUN_FOLDER}/{OUTPUT_PIPE} 2>&1"
# A container that was started ahead; without us nobody would let its runtime go.
_WAIT = f"[ -p {RUN_FOLDER}/{GO_PIPE} ] && {{ read _ <{RUN_FOLDER}/{GO_PIPE} || exit; }}\n"
# The same pipe, so that the order is kept, but opened once more: a client that writes without waiting on one of them (Node.js on
# standard output) does not on the other, where it would lose what a full pipe does not take.
_RECORDS_TO_PIPE = f" {LOG_DESCRIPTOR}>{RUN_FOLDER}/{OUTPUT_PIPE}"
_TO_ONE_STREAM = "2>&1"
_BECOME = f'[ -p {RUN_FOLDER}/{END_PIPE} ] || exec "$0" "$@" {{output}}\n'
# The first process of a container is immune to its own signals (kill, abort): without an init, the shell stays that process.
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
    """The whole command line: a shell makes stdout and stderr one, so that their order is kept, then becomes the runtime.

    `unset`: variables that the runtime does not have; `has_records`: it is given LOG_DESCRIPTOR; `init`: the engine's own init
    is the first process, so that the shell need not stay.
    """
    output = (_TO_PIPE + _RECORDS_TO_PIPE if has_records else _TO_PIPE) if has_pipe else _TO_ONE_STREAM
    script = (_BECOME + _STAY if init else _STAY).format(
        output=output, folder=RUN_FOLDER, end=END_PIPE, stay=STAY_PIPE, memory=MEMORY_WORD, out_of_memory=OUT_OF_MEMORY_CODE)
    names = " ".join(unset)
    forget = f"unset {names}\n" if names else ""
    return ["/bin/sh", "-c", (_WAIT if has_pipe else "") + forget + script, *command]
