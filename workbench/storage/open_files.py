"""The number of files this process may have open: each connection takes one, each environment several."""

from __future__ import annotations

import contextlib
import os

_WANTED = 65_536
_OTHERS = 1_000


def allow_many_files() -> None:
    """Raise the soft limit as far as the system lets this user, up to 65,536.

    The usual 1,024 are used up by a few hundred callers, or by environments, which take about eight each. Functions keep a limit
    of their own.
    """
    if os.name != "posix":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a second, lower limit and refuses to exceed it
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_waiting() -> int:
    """Return how many idle connections to keep: a quarter of the open-file limit, at least 32 and at most 1,000."""
    if os.name != "posix":
        return _OTHERS
    import resource

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _OTHERS if soft == resource.RLIM_INFINITY else max(32, min(_OTHERS, soft // 4))
