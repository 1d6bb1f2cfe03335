"""Words for an invocation that has not ended: what it waits for, or what its environment does, and for how long."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication

from workbench.gui.panels.invocation_words import duration, start_word
from workbench.state.invocation import Invocation
from workbench.state.session import Session

_DOING = {"creating": "sandbox is being created", "initializing": "initializing", "busy": "in the handler",
          "idle": "in the handler"}


def running_word(session: Session, invocation: Invocation | None, request_id: str) -> tuple[str, str]:
    """Return the state and its color token. Waiting for the person's debugger must not look like a hang, and while an image is
    fetched or a package built, nothing of the function runs.
    """
    if invocation is None and session.progress is not None and session.progress.request_id == request_id:
        return _tr("Preparing…"), "info"
    stage = session.debugging.stage_of(invocation.function_name) if invocation is not None else None
    if stage == "waiting":
        return _tr("Waiting for a debugger…"), "warning"
    return (_tr("Stopped by the debugger"), "warning") if stage == "stopped" else (_tr("Running…"), "info")


def age_ms(session: Session, invocation: Invocation) -> float:
    """Return how long ago an invocation was received, by the engine's clock, which may be on another machine."""
    return max(session.engine_now_ms(time.time() * 1000) - invocation.received_ms, 0.0)


def running_detail(session: Session, invocation: Invocation) -> str:
    """Return how long it has been running, its kind of start, and what is being done."""
    parts = duration(age_ms(session, invocation)), start_word(invocation), doing(session, invocation)
    return " · ".join(filter(None, parts))


def doing(session: Session, invocation: Invocation) -> str:
    """Return what is being done, or what is to be done by the person; "" if that is not known."""
    environment = session.environments.by_id.get(invocation.environment_id)
    debugged = session.debugging.by_name.get(invocation.function_name)
    if debugged is not None and debugged.stage == "waiting":
        return _tr("attach one to {0}").format(debugged.address)
    return _DOING.get(environment.state if environment else "", "")


def waiting_detail(session: Session, request_id: str, asked_ms: float) -> str:
    """Return how long a request that is not in the stream yet has been waiting, and for what. `asked_ms`: epoch."""
    progress = session.progress
    text = progress.text if progress and progress.request_id == request_id else _wait_text(session)
    return f"{duration(time.time() * 1000 - asked_ms)} · {text}"


def _wait_text(session: Session) -> str:
    """What a request waits for. The engine gives a debugged function one invocation at a time."""
    if any(one.stage in ("waiting", "stopped") for one in session.debugging.by_name.values()):
        return _tr("its turn comes after the invocation that waits for a debugger or is stopped by it")
    return _tr("waiting for the engine")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ResultPanel", text)
