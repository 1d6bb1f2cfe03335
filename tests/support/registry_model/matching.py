"""Compare what the model expects with what was answered; values that only the service chooses are bound when first seen."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An error of the service, as it is expected or as it came."""

    def __init__(self, code: str, status: int, message: str, *, typed: bool = True) -> None:
        super().__init__(code, status, message, typed)


class Token:
    """A value that the service chooses, such as a RevisionId: the same token is the same value, others are other values."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __repr__(self) -> str:
        return f"<{self.what}>"


class Bindings:
    """Which value each token stands for."""

    def __init__(self) -> None:
        self._values: dict[Token, Any] = {}
        self._tokens: dict[Any, Token] = {}

    def value(self, token: Token) -> Any:
        """What a token stands for, itself if that is not known yet."""
        return self._values.get(token, token)

    def resolved(self, given: Any) -> Any:
        """Parameters of a call with values in the place of tokens."""
        if isinstance(given, Token):
            return self.value(given)
        if isinstance(given, dict):
            return {name: self.resolved(each) for name, each in given.items()}
        return [self.resolved(each) for each in given] if isinstance(given, list) else given

    def match(self, expected: Any, found: Any, place: str = "answer") -> None:
        """Raise AssertionError with the place where they differ."""
        if isinstance(expected, Token):
            known, token = self._values.setdefault(expected, found), self._tokens.setdefault(found, expected)
            assert known == found, f"{place}: {expected} was {known} and is {found}"
            assert token is expected, f"{place}: {expected} has the value of {token}, {found}"
        elif isinstance(expected, dict):
            assert isinstance(found, dict), f"{place}: {found!r} instead of {expected!r}"
            assert expected.keys() == found.keys(), f"{place}: {sorted(expected.keys() ^ found.keys())} differ"
            for name, each in expected.items():
                self.match(each, found[name], f"{place}.{name}")
        elif isinstance(expected, list):
            assert isinstance(found, list), f"{place}: {found!r} instead of {expected!r}"
            assert len(expected) == len(found), f"{place}: {found!r} instead of {expected!r}"
            for number, (each, there) in enumerate(zip(expected, found, strict=True)):
                self.match(each, there, f"{place}[{number}]")
        else:
            assert expected == found, f"{place}: {found!r} instead of {expected!r}"
