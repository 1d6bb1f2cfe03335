"""The credentials with which functions may use the engine's AWS routes: their environments', and what STS issued for those."""

from __future__ import annotations

MOST_KEYS = 1_000
"""The maximum number of keys of one environment. Its first is its own; of more, the oldest of the others is forgotten."""


class EnvironmentKeys:
    """Access key IDs of living environments, and the account of each. Use it on the engine's loop."""

    def __init__(self) -> None:
        self._accounts: dict[str, str] = {}
        self._keys: dict[str, list[str]] = {}

    def admit(self, environment_id: str, key: str, account: str) -> None:
        """Admit an environment's key as that of an account's, until all environments that have it are forgotten.

        Real credentials are those of many environments.
        """
        own = self._keys.setdefault(environment_id, [])
        if key not in own:
            own.append(key)
        self._accounts[key] = account

    def admit_issued(self, by: str, key: str, account: str) -> None:
        """Admit a key of an account's that was issued to the bearer of another (AssumeRole), for as long as that one.

        Of very many, the latest are admitted.
        """
        for keys in self._keys.values():
            if by in keys:
                keys.append(key)
                self._accounts[key] = account
                if len(keys) > MOST_KEYS:
                    self._accounts.pop(keys.pop(1), None)

    def forget(self, environment_id: str) -> None:
        """Admit an environment's keys no longer."""
        forgotten = self._keys.pop(environment_id, ())
        left = {key for keys in self._keys.values() for key in keys} if forgotten else set()
        for key in forgotten:
            if key not in left:
                self._accounts.pop(key, None)

    def account_of(self, key: str) -> str | None:
        """Return the account whose key it is, None for a key that is not admitted."""
        return self._accounts.get(key)
