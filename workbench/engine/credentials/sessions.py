"""Real credentials in use: asked for once, given to all environments, and again some time before they expire.

They are asked for when an environment needs them and never by themselves: an idle engine calls nobody, and starts no program of a
profile's.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from workbench.background import TaskSet
from workbench.engine.clock import Clock
from workbench.engine.credentials.asking import Ask, ask
from workbench.engine.credentials.failures import expired
from workbench.engine.credentials.values import Held, Resolved, Source
from workbench.model.failures import CredentialsUnavailable

AHEAD_MS = 15 * 60_000
"""How long before they expire others take their place, at most; for short ones it is a quarter of their time. As long as the
longest invocation, so that none begins with credentials that end before it does."""
AGAIN_MS = 60_000
"""How soon it is tried again when others could not be had, as long as the present ones are valid."""
_MOST_SIGN_INS = 1_000
_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}


class Sessions:
    """Credentials by their source. Use it on the engine's loop."""

    def __init__(self, clock: Clock, ask_for: Ask = ask) -> None:
        self._clock = clock
        self._ask = ask_for
        self._held: dict[Source, Held] = {}
        self._asking: dict[Source, asyncio.Task[Held]] = {}
        self._problems: dict[Source, str] = {}
        self._tasks = TaskSet()
        self.recoveries = 0
        """How often credentials were had again that could not be had before."""

    async def of(self, source: Source) -> Held:
        """Return credentials that are not due yet, asking for them if need be. Raises CredentialsUnavailable."""
        held = self._held.get(source)
        return held if held is not None and not self.is_over(held, files_state()) else await self.anew(source)

    async def anew(self, source: Source) -> Held:
        """Ask for credentials, whether others are still valid or not. Raises CredentialsUnavailable if neither can be had."""
        asking = self._asking.get(source)
        if asking is None:
            asking = self._asking[source] = self._tasks.begin_awaited("Asking for credentials", self._asked(source))
            asking.add_done_callback(lambda _: self._asking.pop(source, None))
        return await asyncio.shield(asking)  # a caller that is cancelled leaves the others their answer

    def known(self, source: Source) -> Resolved | None:
        """Return the credentials in use; None if they were never asked for, or are due."""
        held = self._held.get(source)
        return None if held is None or self.is_over(held, held.files) else held.credentials

    def problem(self, source: Source) -> str:
        """Return why they could not be had the last time; "" if they could."""
        return self._problems.get(source, "")

    def is_over(self, held: Held, files: object) -> bool:
        """Whether others take their place: their time is over, or the AWS configuration has changed (`files_state`)."""
        return held.files != files or (held.due_ms is not None and self._now_ms() >= held.due_ms)

    def forget(self, but: Source | None = None) -> None:
        """Forget all credentials but those of one source: the next that are needed are asked for."""
        self._held = {source: held for source, held in self._held.items() if source == but}
        self._problems.clear()

    async def close(self) -> None:
        """End what is being asked."""
        await self._tasks.cancel()
        self.forget()

    async def _asked(self, source: Source) -> Held:
        files = files_state()  # before the question: a change meanwhile is then noticed
        try:
            credentials = await self._ask(source)
            if credentials.expires_ms is not None and credentials.expires_ms <= self._now_ms():
                raise expired(source)
        except CredentialsUnavailable as error:
            self._problems[source] = str(error)
            return self._prolonged(source, files, error)
        self.recoveries += self._problems.pop(source, None) is not None
        held = self._held[source] = Held(credentials=credentials, due_ms=self._due_ms(credentials), files=files)
        return held

    def _prolonged(self, source: Source, files: object, error: CredentialsUnavailable) -> Held:
        """Return the present credentials, if they are valid for a while. Raises the error if not."""
        held, now_ms = self._held.get(source), self._now_ms()
        if held is None or held.files != files or held.credentials.expires_ms is None or held.credentials.expires_ms <= now_ms:
            self._held.pop(source, None)
            raise error
        due_ms = min(now_ms + AGAIN_MS, held.credentials.expires_ms)
        prolonged = self._held[source] = Held(credentials=held.credentials, due_ms=due_ms, files=files)
        return prolonged

    def _due_ms(self, credentials: Resolved) -> float | None:
        expires_ms = credentials.expires_ms
        return None if expires_ms is None else expires_ms - min(AHEAD_MS, (expires_ms - self._now_ms()) / 4)

    def _now_ms(self) -> float:
        return self._clock.deadline_ms(self._clock.now_ns())


def files_state() -> object:
    """Return a value that changes when the AWS configuration of this machine does. Blocks briefly."""
    return tuple(_states())


def sign_ins_state() -> object:
    """Return a value that changes when somebody signs in with the AWS CLI, which keeps files of its own for that. Blocks briefly.
    """
    return tuple(_newest(Path.home() / ".aws" / kind / "cache") for kind in ("sso", "login"))


def _newest(folder: Path) -> object:
    try:
        with os.scandir(folder) as entries:
            return max((entry.stat().st_mtime_ns for entry in islice(entries, _MOST_SIGN_INS)), default=0)
    except OSError:
        return None


def _states() -> Iterator[object]:
    for variable, usual in _FILES.items():
        try:
            status = (Path.home() / Path(os.environ.get(variable) or usual).expanduser()).stat()
        except OSError:
            yield None
        else:
            yield status.st_mtime_ns, status.st_size, status.st_ino
