"""What ends frozen runtimes when the engine is killed.

A runtime that runs notices that its Runtime API is gone and ends. A stopped one notices nothing. So one tiny shell waits at a
pipe from the engine, knows the groups that live, and kills them when the pipe closes. Measured against PR_SET_PDEATHSIG:
that costs 1 ms (setpriv) to 5 ms (preexec_fn) at every start and reaches the first process alone; this costs nothing there.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

_SCRIPT = """
groups=" "
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
"""


class Guardian:
    """The shell and the pipe to it; started with the first group. Nothing on Windows, where `orphans` alone clean up."""

    def __init__(self) -> None:
        self._shell: subprocess.Popen[bytes] | None = None

    def watch(self, group: int) -> None:
        """This group must not outlive the engine."""
        if self._shell is None and sys.platform != "win32":
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True, cwd="/", env={}, bufsize=0,
            )
        self._tell("+", group)

    def forget(self, group: int) -> None:
        """This group is gone; to be called before its leader is reaped, as its number may be given anew after that."""
        self._tell("-", group)

    def close(self) -> None:
        """End the shell, which kills what it still watches."""
        shell, self._shell = self._shell, None
        if shell is not None and shell.stdin is not None:
            with contextlib.suppress(OSError):
                shell.stdin.close()
            shell.wait()

    def _tell(self, sign: str, group: int) -> None:
        if self._shell is not None and self._shell.stdin is not None:
            # A guardian that was killed is no reason to fail: the orphans' file is still there.
            with contextlib.suppress(OSError):
                os.write(self._shell.stdin.fileno(), f"{sign} {group}\n".encode())
