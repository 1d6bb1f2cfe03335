"""The command lines with which interpreters run our bootstraps."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from workbench.storage.cache_home import cache_home

# Python recompiles its main file at every start, which takes as long as the rest of INIT. So it is started with these lines:
# they run the bootstrap as `__main__` from cached bytecode, and leave all settings as they would be otherwise. The function's
# folder is kept off the path until the bootstrap is loaded: a json.py in it must not shadow the standard library's for us.
# -S leaves out packages installed on this machine, which do not exist on Lambda; the bootstrap does the rest of what `site` does.
_FROM_BYTECODE = """\
import sys
from _frozen_importlib_external import SourceFileLoader
del sys.argv[0]
sys.path[:1] == [""] and sys.path.pop(0)
__file__ = sys.argv[0]
__loader__ = SourceFileLoader(__name__, __file__)
settings = sys.dont_write_bytecode, sys.pycache_prefix
sys.dont_write_bytecode, sys.pycache_prefix = False, {bytecode_folder!r}
bootstrap = __loader__.get_code(__name__)
sys.dont_write_bytecode, sys.pycache_prefix = settings
exec(bootstrap)
"""


def python_command(interpreter: str, bootstrap: Path, bytecode_folder: str | None = None) -> tuple[str, ...]:
    """Run our bootstrap for Python. Its own bytecode is cached in `bytecode_folder`, None for `__pycache__` beside it.

    -u makes log lines arrive when they are printed; -B writes no .pyc files, as in Lambda's read-only /var/task.
    """
    return (interpreter, "-u", "-B", "-S", "-c", _FROM_BYTECODE.format(bytecode_folder=bytecode_folder), str(bootstrap))


def wrapped_python_command(interpreter: str, bootstrap: Path) -> tuple[str, ...]:
    """The command line that is passed to a wrapper script (AWS_LAMBDA_EXEC_WRAPPER); it compiles the bootstrap at every start.

    Wrappers insert interpreter options before the last argument, so that must be the script, as on Lambda. Source: Lambda guide,
    "Modifying the runtime environment".
    """
    return (interpreter, "-u", "-B", "-S", str(bootstrap))


def node_command(interpreter: str, bootstrap: Path, flags: Sequence[str]) -> tuple[str, ...]:
    """Run our bootstrap for Node.js with Lambda's `flags` (see `node_flags`)."""
    return (interpreter, *flags, str(bootstrap))


def ruby_command(interpreter: str, bootstrap: Path, ruby_options: str) -> tuple[str, ...]:
    """Run our bootstrap for Ruby without RubyGems, which it loads itself after hiding the gems and libraries of this machine.

    `ruby_options` is the function's RUBYOPT. A library required there with -r is loaded before any file and may be a gem: then
    RubyGems has to be loaded at the start.
    """
    return (interpreter, *(() if "-r" in ruby_options else ("--disable-gems",)), str(bootstrap))


def bytecode_folder(bootstrap: Path) -> str | None:
    """Where to cache the bootstrap's bytecode: None for beside it, or the user's cache if the installation is read-only."""
    if os.access(bootstrap.parent, os.W_OK):
        return None
    return str(cache_home())
