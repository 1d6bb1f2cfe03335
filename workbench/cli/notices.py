"""What an engine has to tell its person, on standard error."""

from __future__ import annotations

import sys

from workbench.engine.service import Engine
from workbench.model.shown import shown


def tell_notice(engine: Engine, told: str = "") -> str:
    """Print an engine's notices (state that was set aside, history that is not kept), except for those in `told`.

    Returns all of them, to be passed as `told` the next time.
    """
    notice = engine.notice
    news = [line for line in notice.splitlines() if line not in told.splitlines()]
    if news:
        sys.stderr.write(shown("\n".join(news) + "\n"))
        sys.stderr.flush()
    return notice
