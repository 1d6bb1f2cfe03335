"""The first program inside a sandbox: a few lines of shell that start the runtime and the extensions on order.

They are started while the sandbox is made, so that a runtime starts as fast as a plain process, and all programs of an
environment live in one process namespace, as on Lambda. The script is standard input. It contains the function's variables,
which are kept from everything that runs outside or drops privileges: they come from a template, and loaders, for example, obey
some (LD_PRELOAD). Standard error is a socket, which carries orders, one per line, and reports, in lines that begin with "@".
It is a socket because programs of the same user can open each other's pipes (/proc/PID/fd). Standard output is the runtime's.

Any POSIX shell will do. If dash is there, it is used, because it says which signal ended a program: a status of 137 alone may
also be the program's own.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from signal import Signals

import msgspec

from workbench.model.quotas import OPEN_FILES_LIMIT
from workbench.sandbox.extension_variables import RUNTIME_ONLY_VARIABLES

RUNTIME = "runtime"
OUTPUTS = "/run/extensions"
"""The folder with the pipes for the output of extensions, named by their numbers."""
_OF_SHELLS = "PATH PWD OLDPWD SHLVL"
"""Variables that bwrap and shells set or change themselves."""
_SIGNALLED = 128
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NUMBER = re.compile(r"[0-9]{1,9}\Z")
_SILENT = (Signals.SIGINT, Signals.SIGPIPE)
"""Signals about which dash prints nothing."""

# The output of a program is opened before the program starts, by its own process. `$( )` joins the shell's message about a signal
# with the exit status. Extensions run in the background, where shells make programs ignore SIGINT and SIGQUIT; `env` undoes that.
# The runtime is started last and runs in the foreground, which takes two programs less in a cold start. Programs do not inherit
# the socket (3<&- 4>&-), with which they could forge reports.
_SCRIPT = """\
exec 3<&2 4>&2 5>&1 1>&2 </dev/null
ulimit -c 0
ulimit -n {files}
umask 022
_variables() {{
unset {of_shells}
{variables}
}}
shift
_extensions=$1
shift
_number=0
while [ "$_number" -lt "$_extensions" ]; do
  eval "_extension_$_number=\\$1"
  shift
  _number=$((_number + 1))
done
_run() {{
  _as=$1
  _undo=$2
  _not=$3
  shift 3
  echo "@ended $_as" $( exec 2>&1; ( read -r _pid _rest </proc/self/stat; echo "@started $_as $_pid" >&4
      set -- $_undo "$@"; _variables 2>/dev/null; [ -z "$_not" ] || eval "unset $_not"
      exec "$@" </dev/null >&5 2>&5 3<&- 4>&- 5>&- ); echo $? ) >&4
}}
echo "@ready" >&4
while read -r _order _which; do
  case $_order in
    runtime) _run runtime "{of_shell}" "" "$@" ;;
    extension) eval "_path=\\$_extension_$_which"
      ( cd /opt; exec 5>"{outputs}/$_which"; _run "$_which" "{of_background}" "PWD OLDPWD {hidden}" "$_path" ) & ;;
  esac
done <&3
"""


class Told(msgspec.Struct, frozen=True):
    """The supervisor's report on a program: `which` is RUNTIME or an extension's number, `pid` its ID inside (0: it ended).

    `code` and `signal` are those of `protocol.Exit`.
    """

    which: str
    pid: int = 0
    code: int | None = None
    signal: int | None = None


def supervisor_command(runtime: Sequence[str], extensions: Sequence[str]) -> tuple[str, ...]:
    """The command line; `extensions` are paths inside. Standard input must be the script."""
    return (found_shell(), "/dev/stdin", "workbench", str(len(extensions)), *extensions, *runtime)


def supervisor_script(variables: Mapping[str, str]) -> bytes:
    """The script. The runtime gets `variables`, and extensions those of them that they have on Lambda."""
    # `command`, because a shell ends when a special built-in such as export fails. Source: POSIX, "command".
    exports = "\n".join(f"command export {name}={_quoted(value)}" for name, value in variables.items() if _NAME.match(name))
    undo = " ".join(_env_options())
    return os.fsencode(_SCRIPT.format(
        variables=exports, of_shells=_OF_SHELLS, outputs=OUTPUTS, files=OPEN_FILES_LIMIT, of_background=undo,
        of_shell="" if _tells_signals(found_shell()) else undo, hidden=" ".join(sorted(RUNTIME_ONLY_VARIABLES))))


def read_told(line: str) -> Told | None:
    """Parse a line from the supervisor; None if it is not a report on a program."""
    words = line.split()
    if len(words) < 3 or words[0] not in ("@started", "@ended") or not (_is_program(words[1]) and _NUMBER.match(words[-1])):
        return None
    status = int(words[-1])
    if words[0] == "@started":
        return Told(words[1], pid=status)
    signal = _signal(status, has_words=len(words) > 3)
    return Told(words[1], code=status if signal is None else None, signal=signal)


def _is_program(which: str) -> bool:
    return which == RUNTIME or _NUMBER.match(which) is not None


def _signal(status: int, *, has_words: bool) -> int | None:
    number = status - _SIGNALLED
    if not 0 < number < 65:
        return None
    return number if has_words or number in _SILENT or not _tells_signals(found_shell()) else None


@cache
def found_shell() -> str:
    """A shell of this machine that is also in sandboxes: dash if there is one."""
    return next((path for path in ("/usr/bin/dash", "/bin/dash") if Path(path).exists()), "/bin/sh")


def _tells_signals(shell: str) -> bool:
    return Path(shell).resolve().name == "dash"


@cache
def _env_options() -> tuple[str, ...]:
    """The `env` command that undoes what shells do to a program; () without that of GNU coreutils, as others cannot."""
    env = shutil.which("env", path="/usr/bin:/bin")
    if env is None or not Path(env).resolve().is_relative_to("/usr") or "busybox" in Path(env).resolve().name:
        return ()
    return (env, "-u", "_", "--default-signal=INT,QUIT")


def _quoted(value: str) -> str:
    return "'" + re.sub("'", "'\\\\''", value) + "'"
