"""Ends frozen runtimes if the engine is killed.

A running runtime notices that its Runtime API is gone and ends. A stopped one notices nothing. So one tiny shell waits at a pipe
from the engine and knows all living process groups. When the pipe closes, it kills them and whatever else is in the engine's
control groups, and removes these. The alternative, PR_SET_PDEATHSIG, was measured: it takes 1 ms (setpriv) to 5 ms (preexec_fn)
at every start and reaches only the first process; the guardian costs a start nothing.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence

# A group is removed when its last member has ended, hence up to 100 tries, 2 s in total. `pids.max` first: members that fork
# faster than they are killed would never end.
_SCRIPT = """
groups=" "
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
for mark in "$@"; do echo 0 >"$mark/pids.max"; done
for mark in "$@"; do
  for folder in "$mark"/*/ "$mark"; do
    [ -d "$folder" ] || continue
    tries=0
    until rmdir "$folder" || [ "$tries" -ge 100 ]; do
      while read -r pid; do kill -s KILL "$pid"; done <"$folder/cgroup.procs"
      tries=$((tries + 1))
      sleep 0.02
    done
  done
done
"""


class Guardian:
    """The shell and the pipe to it, started with the first group. Does nothing on Windows, where only `orphans` cleans up."""

    def __init__(self, marks: Sequence[str] = ()) -> None:
        """`marks`: the folders of the engine's control groups."""
        self._marks = tuple(marks)
        self._shell: subprocess.Popen[bytes] | None = None

    def watch(self, group: int) -> None:
        """Have this process group killed if the engine dies."""
        if self._shell is None and sys.platform != "win32":
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT, "guardian", *self._marks],
                # A session of its own, as Ctrl+C in the engine's terminal would end the guardian too; "/" keeps no folder in use.
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True, cwd="/", env={"PATH": os.defpath}, bufsize=0,
            )
        self._tell("+", group)

    def forget(self, group: int) -> None:
        """Forget a group that is gone. Call it before the leader is reaped, because its ID may be reused after that."""
        self._tell("-", group)

    def close(self) -> None:
        """End the shell, which then kills whatever it still watches."""
        shell, self._shell = self._shell, None
        if shell is not None and shell.stdin is not None:
            with contextlib.suppress(OSError):
                shell.stdin.close()
            shell.wait()

    def _tell(self, sign: str, group: int) -> None:
        if self._shell is not None and self._shell.stdin is not None:
            # Somebody may have killed the guardian. That must not fail a start: the next engine still has the orphans' file.
            with contextlib.suppress(OSError):
                os.write(self._shell.stdin.fileno(), f"{sign} {group}\n".encode())
