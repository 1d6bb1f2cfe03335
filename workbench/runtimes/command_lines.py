"""The command lines by which interpreters run our bootstraps."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from workbench.storage.cache_home import cache_home

# Python compiles the file it is started with anew every time, which takes as long again as all of init. So it is started with
# these lines instead: they run that file as `__main__` from kept bytecode and leave the settings as they would be without them.
# Until the bootstrap is loaded the function's folder is not on the path: a json.py in it is not for us. -S leaves out what is
# installed on this machine: on Lambda it is not there. The bootstrap does what Python does beside that when it starts.
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
    """Unbuffered, so that a log line is there when it was printed; no .pyc files, as in Lambda's read-only /var/task.

    The bootstrap's own bytecode goes to `bytecode_folder`, None for `__pycache__` beside it.
    """
    return (interpreter, "-u", "-B", "-S", "-c", _FROM_BYTECODE.format(bytecode_folder=bytecode_folder), str(bootstrap))


def wrapped_python_command(interpreter: str, bootstrap: Path) -> tuple[str, ...]:
    """The same for a wrapper of the user's, compiled at every start.

    Wrappers insert options for the interpreter before the last argument (Lambda guide, "Modifying the runtime environment").
    """
    return (interpreter, "-u", "-B", "-S", str(bootstrap))


def node_command(interpreter: str, bootstrap: Path, flags: Sequence[str]) -> tuple[str, ...]:
    """With the flags that Lambda would give (`workbench.runtimes.node_flags`)."""
    return (interpreter, *flags, str(bootstrap))


def ruby_command(interpreter: str, bootstrap: Path, ruby_options: str) -> tuple[str, ...]:
    """Without RubyGems, which the bootstrap loads once the gems and libraries of this machine are out of its sight.

    `ruby_options` is the function's RUBYOPT. What that requires comes before any file and may be a gem: then Ruby starts as it
    always does.
    """
    return (interpreter, *(() if "-r" in ruby_options else ("--disable-gems",)), str(bootstrap))


def bytecode_folder(bootstrap: Path) -> str | None:
    """Where its bytecode can be kept: None for beside it, a cache of the user's where the installation is read-only."""
    if os.access(bootstrap.parent, os.W_OK):
        return None
    return str(cache_home())
