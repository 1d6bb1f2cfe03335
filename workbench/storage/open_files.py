"""How many files this process may have open: each connection is one, each environment some."""

from __future__ import annotations

import contextlib
import os

_WANTED = 65_536
_OTHERS = 1_000


def allow_many_files() -> None:
    """As many as the system lets this user have: the usual 1,024 are gone with some hundred callers, or environments, which take
    about eight each. Functions have a limit of their own.
    """
    if os.name != "posix":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has another limit beside it
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_waiting() -> int:
    """How many connections may wait without a request: a quarter of what there is, at most a thousand."""
    if os.name != "posix":
        return _OTHERS
    import resource

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _OTHERS if soft == resource.RLIM_INFINITY else max(32, min(_OTHERS, soft // 4))
