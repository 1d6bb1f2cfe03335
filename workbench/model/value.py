"""Frozen values for what the window needs before its first paint. All others are msgspec's structs.

To import msgspec takes 8 ms of the start, and to define a NamedTuple or a dataclass 0.2 to 1 ms each, because both compile
source text. A class of these is defined as quickly as any other. They are not encoded: what is kept of one is written by its own
module.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self, dataclass_transform


@dataclass_transform(frozen_default=True)
class Value:
    """Base of a class with annotated fields, and defaults for the last of them. Equal and hashed by its fields.

    Raises TypeError if it is made with other fields, and AttributeError if one is set later.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._fields = tuple(cls.__annotations__)
        cls._defaults = {name: cls.__dict__[name] for name in cls._fields if name in cls.__dict__}

    def __init__(self, *values: Any, **named: Any) -> None:
        fields = self._fields
        self.__dict__.update(self._defaults)  # not left to the class: a function that is found there becomes a method
        self.__dict__.update(zip(fields, values, strict=False))
        self.__dict__.update(named)
        if self.__dict__.keys() != set(fields) or len(values) > len(fields) or not named.keys().isdisjoint(fields[:len(values)]):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(fields)}.")

    def replace(self, **changes: Any) -> Self:
        """Return the same value with other values of some fields."""
        return type(self)(**{**self.__dict__, **changes})

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__[name] for name in self._fields))

    def __setattr__(self, name: str, _value: object) -> None:
        raise AttributeError(f"{name} of a {type(self).__name__} cannot be set.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name} of a {type(self).__name__} cannot be deleted.")

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._fields)
        return f"{type(self).__name__}({fields})"
