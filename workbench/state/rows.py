"""The rows of the timeline: environments and their extensions, under numbers that stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from workbench.model.events import StreamEvent


class Row(NamedTuple):
    """An environment, or one of its extensions (`extension` is its name, else "")."""

    environment_id: str
    function_name: str
    extension: str = ""
    version: str = ""


class Rows:
    """Rows by number, in the order in which they appeared. A number is never used again."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._environments: dict[str, list[int]] = {}
        self._next = 0
        self._stopped: set[int] = set()
        self.version = 0
        """Grows whenever a row comes, goes or changes."""

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __getitem__(self, number: int) -> Row:
        return self._rows[number]

    def __contains__(self, number: int) -> bool:
        return number in self._rows

    def of(self, event: StreamEvent, extension: str = "") -> int:
        """Return the number of the row of an event's environment, or of its extension; it is added if it is new."""
        key = (event.environment_id, extension)
        number = self._numbers.get(key)
        if number is None:
            version = self._rows[self.of(event)].version if extension else ""
            number = self._numbers[key] = self._next
            self._next += 1
            self._rows[number] = Row(event.environment_id, event.function_name, extension, version)
            self._environments.setdefault(event.environment_id, []).append(number)
            self.version += 1
        return number

    def of_environment(self, environment_id: str) -> list[int]:
        """Return the numbers of an environment's row and of its extensions; none if it is unknown."""
        return self._environments.get(environment_id, [])

    def set_version(self, event: StreamEvent, version: str) -> None:
        """Note which version of its function an environment runs."""
        number = self.of(event)
        if self._rows[number].version != version:
            self._rows[number] = self._rows[number]._replace(version=version)
            self.version += 1

    def stop(self, environment_id: str) -> None:
        """Note that an environment is gone, and its extensions too."""
        self._stopped.update(self.of_environment(environment_id))
        self.version += 1

    def is_live(self, number: int) -> bool:
        """Whether the environment of that row still exists."""
        return number not in self._stopped

    def environments(self) -> Mapping[str, list[int]]:
        """Return the numbers of rows by environment: first its own, then those of its extensions."""
        return self._environments

    def keep(self, numbers: Iterable[int]) -> None:
        """Forget all rows but these, which are still in use."""
        kept = set(numbers)
        if kept.issuperset(self._rows):
            return
        self._rows = {number: row for number, row in self._rows.items() if number in kept}
        self._numbers = {key: number for key, number in self._numbers.items() if number in kept}
        self._stopped &= kept
        self._environments = {}
        for number, row in self._rows.items():
            self._environments.setdefault(row.environment_id, []).append(number)
        self.version += 1
