"""What is said of an invocation that has not ended: what it waits for, or what its environment does, and for how long."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication

from workbench.gui.panels.invocation_words import duration, start_word
from workbench.state.invocation import Invocation
from workbench.state.session import Session

_DOING = {"creating": "making the sandbox", "initializing": "init", "busy": "in the handler", "idle": "in the handler"}


def running_word(session: Session, invocation: Invocation | None) -> tuple[str, str]:
    """The state and its color token. One that waits for the person's debugger is not to be taken for one that hangs."""
    stage = session.debugging.stage_of(invocation.function_name) if invocation is not None else None
    if stage == "waiting":
        return _tr("Waiting for a debugger…"), "warning"
    return (_tr("Stopped by the debugger"), "warning") if stage == "stopped" else (_tr("Running…"), "accent")


def age_ms(session: Session, invocation: Invocation) -> float:
    """How long ago it was received, by the engine's clock."""
    return max(session.engine_now_ms(time.time() * 1000) - invocation.received_ms, 0.0)


def running_detail(session: Session, invocation: Invocation) -> str:
    """For how long it runs, in which start, and what is done."""
    environment = session.environments.by_id.get(invocation.environment_id)
    doing = _DOING.get(environment.state if environment else "", "")
    debugged = session.debugging.by_name.get(invocation.function_name)
    if debugged is not None and debugged.stage == "waiting":
        doing = _tr("attach one to {0}").format(debugged.address)
    return " · ".join(part for part in (duration(age_ms(session, invocation)), start_word(invocation), doing) if part)


def waiting_detail(session: Session, request_id: str, asked_ms: float) -> str:
    """For a request that the stream does not know yet: since when it was asked for (epoch), and what it waits for."""
    progress = session.progress
    text = progress.text if progress and progress.request_id == request_id else _wait_text(session)
    return f"{duration(time.time() * 1000 - asked_ms)} · {text}"


def _wait_text(session: Session) -> str:
    """The engine gives a debugged function one invocation after the other."""
    if any(one.stage in ("waiting", "stopped") for one in session.debugging.by_name.values()):
        return _tr("its turn comes after the invocation that waits for a debugger or is stopped by it")
    return _tr("waiting for the engine")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ResultPanel", text)
