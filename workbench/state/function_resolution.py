"""A workspace's functions as its engine resolves them, in the place of what the window reads itself.

Both read the same template. But an engine may have been started with other parameters, another environment of samconfig.toml or
another template than the window's process knows of: then functions have the names and the values that the engine gives them.
Functions that the API made are known to the engine alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from workbench.model.function import FunctionConfiguration


class FunctionResolution:
    """An answer of the engine, matched by logical ID with what the window had read when it asked. The empty one has no answer.

    What the API made has no counterpart there, and follows the template's functions as it is.
    """

    def __init__(
        self, read: Sequence[FunctionConfiguration] = (), answered: Sequence[FunctionConfiguration] = ()
    ) -> None:
        by_id = {function.logical_id: function for function in answered if function.source == "template"}
        self._made = tuple(function for function in answered if function.source == "api")
        self._known = {then.logical_id: (then, by_id[then.logical_id]) for then in read if then.logical_id in by_id}

    def of(self, read: Sequence[FunctionConfiguration]) -> tuple[FunctionConfiguration, ...]:
        """Return the functions of a reading as the engine resolves them.

        What the engine did not know stands as it was read, and so does what has changed since: the engine answers later.
        """
        ids = {function.logical_id for function in read}
        return (*map(self._resolved, read), *(function for function in self._made if function.logical_id not in ids))

    def variables_as_read(self, function: FunctionConfiguration, variables: Mapping[str, str]) -> Mapping[str, str]:
        """Return all variables of a function, changed after `of` returned them, with what was not changed as it was read.

        They are written into the template: with the engine's values, a `!Ref` there would be replaced by what it gave.
        """
        return _rebased(variables, self._resolved(function).environment, function.environment)

    def _resolved(self, now: FunctionConfiguration) -> FunctionConfiguration:
        then, answered = self._known.get(now.logical_id, (now, now))
        if now == then:
            return answered
        changed = {name: getattr(now, name) for name in now.__struct_fields__ if getattr(now, name) != getattr(then, name)}
        if "environment" in changed:  # one by one: a variable that is added leaves the others as the engine resolves them
            changed["environment"] = _rebased(now.environment, then.environment, answered.environment)
        return msgspec.structs.replace(answered, **changed)


def _rebased(now: Mapping[str, str], then: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Return `other` with what differs between `then` and `now`: variables that were added, changed or removed."""
    kept = {name: other.get(name) if then.get(name) == value else value for name, value in now.items()}
    of_other_alone = {name: value for name, value in other.items() if name not in now and name not in then}
    return {name: value for name, value in (kept | of_other_alone).items() if value is not None}
