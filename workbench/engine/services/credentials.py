"""Which AWS credentials functions get: chosen, withdrawn, shown, and taken from environments whose time is over."""

from __future__ import annotations

import asyncio

from workbench.engine.clock import Clock
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.credentials.asking import profiles
from workbench.engine.credentials.choice import Credentials, own_roles
from workbench.engine.credentials.sessions import files_state, sign_ins_state
from workbench.engine.registry.resources import Resources
from workbench.engine.services.renewal import Renewal
from workbench.model.credentials import MADE_UP, CredentialsChoice, CredentialsReport, ProfilesFound
from workbench.model.failures import NotTrusted

TRUST_FIRST = "Trust it first: Engine > Trust this folder in the window, 'workbench trust add' in a terminal."
LOOK_S = 1.0
"""How often it is looked for environments whose credentials are due, in seconds. Expiry is a time of day, which a monotonic timer
would miss after this machine has slept or its clock was set."""


class CredentialsService:
    """Changes the choice and applies the change. Use it on the engine's loop."""

    def __init__(
        self, credentials: Credentials, resources: Resources, pool: EnvironmentPool, renewal: Renewal, clock: Clock
    ) -> None:
        self._credentials = credentials
        self._resources = resources
        self._pool = pool
        self._renewal = renewal
        self._clock = clock
        self._changing = asyncio.Lock()
        self._withdrawals = 0
        self._seen: object = None  # what credentials depend on, as it was at the last look

    @property
    def serves_other_machines(self) -> bool:
        """Whether callers on other machines reach this engine: code that they bring gets nothing real."""
        return self._credentials.serves_other_machines

    @serves_other_machines.setter
    def serves_other_machines(self, reached: bool) -> None:
        self._credentials.serves_other_machines = reached

    def report(self) -> CredentialsReport:
        """Return the choice, and what each function gets by it. Nothing of it is secret, and nobody is asked for anything."""
        functions = self._resources.at_home()
        return CredentialsReport(
            choice=self._credentials.choice, note=self._credentials.note, own_roles=own_roles(functions),
            functions=self._credentials.of(functions))

    async def profiles(self) -> ProfilesFound:
        """Return the profiles of this machine. Raises CredentialsUnavailable if the AWS configuration cannot be read."""
        return ProfilesFound(profiles=await profiles())

    async def choose(self, choice: CredentialsChoice) -> CredentialsReport:
        """Have functions get these from now on; all environments are retired.

        Raises NotTrusted for real ones in a folder that is not trusted, CredentialsUnavailable if they cannot be had,
        WorkspaceError if the choice cannot be saved; nothing has changed then.
        """
        async with self._changing:
            withdrawals = self._withdrawals
            if choice.is_real:
                await self._check(choice)
            if withdrawals == self._withdrawals:  # else made-up ones were asked for meanwhile, and the later wish counts
                await self._credentials.keep(choice)
                self._seen = self._state()
                self._renewal.everything()
        return self.report()

    async def forget(self) -> CredentialsReport:
        """Have functions get made-up ones. Raises WorkspaceError if that cannot be saved; they get them all the same."""
        self._withdrawals += 1
        try:
            await self._credentials.keep(MADE_UP)
        finally:
            self._renewal.everything()
        return self.report()

    async def begin(self) -> None:
        """Have the saved choice in force. Call it before the first invocation."""
        await self._credentials.read()
        self._seen = self._state()

    async def watch(self) -> None:
        """Until it is cancelled, retire environments whose credentials are due: idle ones at once, others once they are free.

        And try again what failed for want of credentials when they may have changed.
        """
        while True:
            await self._clock.sleep(LOOK_S)
            if self._credentials.choice.is_real:
                self._retire_due()
                self._try_again()

    async def close(self) -> None:
        """End what is being asked, and forget all credentials."""
        await self._credentials.sessions.close()

    def _retire_due(self) -> None:
        files, sessions = files_state(), self._credentials.sessions
        for environment in tuple(self._pool):
            held = environment.context.credentials.held
            if held is not None and sessions.is_over(held, files) and not self._pool.is_retired(environment):
                self._pool.stop_one(environment.environment_id, "expired")

    def _try_again(self) -> None:
        state = self._state()
        if state != self._seen and not self._renewal.asks_for_credentials:  # what asking writes itself is no change
            self._renewal.without_credentials()
        self._seen = state

    def _state(self) -> object:
        return files_state(), sign_ins_state(), self._credentials.sessions.recoveries

    async def _check(self, choice: CredentialsChoice) -> None:
        """Raise an error if real credentials may not or cannot be had. Roles of functions are asked for when they are needed."""
        if self._credentials.is_untrusted:
            raise NotTrusted("Its functions would act on a real AWS account.", TRUST_FIRST)
        source = self._credentials.source_of(choice)
        if source is not None:
            await self._credentials.sessions.anew(source)
