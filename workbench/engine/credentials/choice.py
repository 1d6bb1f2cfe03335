"""What the person chose for a workspace, applied to a function. Real credentials never without being asked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from urllib.parse import quote

import msgspec

from workbench.engine.credentials.made_up import NONE, made_up
from workbench.engine.credentials.sessions import Sessions
from workbench.engine.credentials.values import Given, Held, Source
from workbench.engine.trust import Trust
from workbench.model.credentials import MADE_UP, ROLE_PATTERN, CredentialsChoice, CredentialsKind, FunctionCredentials
from workbench.model.failures import CredentialsUnavailable
from workbench.model.function import FunctionConfiguration
from workbench.workspace.kept_credentials import KeptCredentials

NOT_TRUSTED = "Made up, because the folder is not trusted: it gets no real credentials."
OF_OTHER_MACHINES = ("Made up, because other machines reach this engine, and the code of this function came through the API: it "
                     "gets no real credentials.")
_LEAST_HIDDEN = 8
"""Shorter values are no secrets of AWS's; hiding them would blot out ordinary text."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What one function gets. `note` says why it is not what was chosen, `problem` why there is nothing to give it."""

    kind: CredentialsKind
    words: str
    source: Source | None = None
    note: str = ""
    problem: CredentialsUnavailable | None = None


class Credentials:
    """The choice in force. Use it on the engine's loop.

    `serves_other_machines`: callers elsewhere may bring code, which then gets nothing real.
    """

    def __init__(
        self, kept: KeptCredentials, trust: Trust, sessions: Sessions, region: Callable[[], str],
        led_to_lambda: Callable[[Iterable[FunctionConfiguration]], Collection[str]] = lambda _: (),
    ) -> None:
        """`led_to_lambda` names those that are led to this engine when they call AWS Lambda, if they get nothing real."""
        self._led_to_lambda = led_to_lambda
        self._kept = kept
        self._trust = trust
        self._region = region
        self.sessions = sessions
        self.choice = MADE_UP
        self.serves_other_machines = False

    async def read(self) -> None:
        """Read the saved choice. Call it before the first invocation."""
        self.choice = await asyncio.to_thread(self._kept.read)

    async def keep(self, choice: CredentialsChoice) -> None:
        """Save a choice, and have it in force. Raises WorkspaceError if it cannot be saved."""
        if not choice.is_real:  # at once: nothing may begin any more with what is withdrawn, whether that can be saved or not
            self._put(choice)
        await asyncio.to_thread(self._kept.write, choice)
        self._put(choice)  # only once it is saved: what is real and in force must be what the person can see

    @property
    def note(self) -> str:
        """Why the choice is not in force; "" if it is."""
        return NOT_TRUSTED if self.choice.is_real and self.is_untrusted else ""

    @property
    def is_untrusted(self) -> bool:
        """Whether the folder gets nothing real, because the person does not trust it."""
        return self._trust.standing != "trusted"

    async def give(self, function: FunctionConfiguration) -> Given:
        """Return what an environment of this function gets. Raises CredentialsUnavailable."""
        while (source := self._source(function)) is not None:
            held = await self.sessions.of(source)
            if source == self._source(function):  # else the choice, or trust, was withdrawn meanwhile
                return Given(variables=held.credentials.variables(), secrets=_hidden(held), held=held)
        return NONE if self.choice.kind == "none" else made_up()

    def of(self, functions: Sequence[FunctionConfiguration]) -> tuple[FunctionCredentials, ...]:
        """Return what functions get, as far as that is known without asking anybody."""
        led = self._led_to_lambda(functions)
        return tuple(self._of(function, is_led=function.name in led) for function in functions)

    def _of(self, function: FunctionConfiguration, *, is_led: bool) -> FunctionCredentials:
        decision = self._decide(function)
        problem = str(decision.problem or "")
        if decision.source is None:
            return FunctionCredentials(
                function=function.name, source=decision.words, note=decision.note, problem=problem,
                calls_lambda_here=is_led and not problem)
        known = self.sessions.known(decision.source)
        return FunctionCredentials(
            function=function.name, source=decision.words, is_real=True, account=known.account if known is not None else "",
            expires_ms=known.expires_ms if known is not None else None, problem=self.sessions.problem(decision.source))

    def source_of(self, choice: CredentialsChoice) -> Source | None:
        """Return what all functions get by a choice; None for nothing real, and for roles of their own."""
        if choice.kind == "profile" or (choice.kind == "role" and choice.role_arn):
            return Source(profile=choice.profile, role_arn=choice.role_arn, region=self._region())
        return None

    def _source(self, function: FunctionConfiguration) -> Source | None:
        decision = self._decide(function)
        if decision.problem is not None:
            raise decision.problem
        return decision.source

    def _put(self, choice: CredentialsChoice) -> None:
        self.choice = choice
        self.sessions.forget(but=self.source_of(choice))

    def _decide(self, function: FunctionConfiguration) -> Decision:
        choice = self.choice
        if not choice.is_real:
            return Decision(kind=choice.kind, words=choice.words())
        why_not = self.note or (OF_OTHER_MACHINES if self.serves_other_machines and _is_of_callers(function) else "")
        if why_not:
            return Decision(kind="made-up", words=MADE_UP.words(), note=why_not)
        if source := self.source_of(choice):
            return Decision(kind=choice.kind, words=choice.words(), source=source)
        return self._own_role(function, choice)

    def _own_role(self, function: FunctionConfiguration, choice: CredentialsChoice) -> Decision:
        if problem := _no_own_role(function, choice):
            return Decision(kind="role", words=choice.words(), problem=problem)
        source = Source(profile=choice.profile, role_arn=function.role, region=self._region())
        named = CredentialsChoice(kind="role", profile=choice.profile, role_arn=function.role)
        return Decision(kind="role", words=named.words(), source=source)


def own_roles(functions: Iterable[FunctionConfiguration]) -> tuple[str, ...]:
    """Return the roles that functions name, each once."""
    return tuple(dict.fromkeys(filter(None, map(_role_of, functions))))


def _role_of(function: FunctionConfiguration) -> str:
    return function.role if re.fullmatch(ROLE_PATTERN, function.role) else ""


def _no_own_role(function: FunctionConfiguration, choice: CredentialsChoice) -> CredentialsUnavailable | None:
    if not _role_of(function):
        return CredentialsUnavailable(
            f"{function.name} is to have the credentials of its own role, and its Role is not the ARN of one.",
            "Name the ARN of its role in the template, or one role for all: workbench credentials set role ARN.")
    if function.role not in choice.own_roles:
        return CredentialsUnavailable(
            f"{function.name} names the role {function.role}, which you have not agreed to.",
            "If it is to have it, choose the functions' own roles again: workbench credentials set role.")
    return None


def _is_of_callers(function: FunctionConfiguration) -> bool:
    return "api" in (function.source, function.code_source)


def _hidden(held: Held) -> tuple[str, ...]:
    """Return what of the credentials is secret, in each form in which a log may have it."""
    given = (held.credentials.secret_access_key, held.credentials.session_token)
    forms = [(value, quote(value, safe=""), value.replace("/", "\\/")) for value in given if len(value) >= _LEAST_HIDDEN]
    return tuple(dict.fromkeys(form for of_value in forms for form in of_value))
