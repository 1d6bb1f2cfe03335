"""The credentials of one environment: those that its latest sandbox was made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from workbench.engine.credentials.made_up import made_up
from workbench.engine.credentials.values import Given, Held
from workbench.model.function import FunctionConfiguration


class CredentialsGiver(Protocol):
    """Gives environments credentials."""

    async def give(self, function: FunctionConfiguration) -> Given:
        """Return what an environment of this function gets. Raises CredentialsUnavailable."""


class MadeUpCredentials:
    """Gives made-up ones to all. Implements CredentialsGiver."""

    async def give(self, function: FunctionConfiguration) -> Given:  # noqa: ARG002
        """See CredentialsGiver."""
        return made_up()


class EnvironmentCredentials:
    """`held`: what real credentials it has, None for none. Use it on the engine's loop.

    `hide` is called with what of them must not be shown, before the environment has them.
    """

    def __init__(self, giver: CredentialsGiver, function: FunctionConfiguration, hide: Callable[[tuple[str, ...]], None]) -> None:
        self._giver = giver
        self._function = function
        self._hide = hide
        self.held: Held | None = None

    async def variables(self) -> Mapping[str, str]:
        """Return the variables for a new sandbox. Raises CredentialsUnavailable."""
        given = await self._giver.give(self._function)
        self._hide(given.secrets)
        self.held = given.held
        return given.variables
