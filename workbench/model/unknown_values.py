"""What a person is told about values that cannot be known here: what is missing because of it, why, and how to supply it."""

from __future__ import annotations

from workbench.model.function import FunctionConfiguration, UnknownValue

_VARIABLE = "Environment.Variables."
_OTHERWISE = {
    "Condition": "the function runs although its condition is not decided",
    "Environment": "no variables of its own are set",
    "Environment.Variables": "no variables of its own are set",
    "Layers": "the function runs without layers",
}


def unknown_sentences(function: FunctionConfiguration) -> tuple[str, ...]:
    """Return one or two sentences per unknown value, each naming everything that lacks it."""
    if not function.unknown:  # nearly always, and every invocation asks
        return ()
    by_cause: dict[tuple[str, str], list[UnknownValue]] = {}
    for unknown in function.unknown:
        by_cause.setdefault((unknown.what, unknown.key), []).append(unknown)
    return tuple(_sentence(what, key, unknowns) for (what, key), unknowns in by_cause.items())


def unknown_summary(function: FunctionConfiguration) -> tuple[str, ...]:
    """Return one sentence on all unknown values, for where there is little room; () if there are none."""
    places = dict.fromkeys(unknown.place.removeprefix(_VARIABLE) for unknown in function.unknown)
    return (f"Without a value here: {', '.join(places)}. See Function > Parameters and values.",) if places else ()


def _sentence(what: str, key: str, unknowns: list[UnknownValue]) -> str:
    places = list(dict.fromkeys(unknown.place for unknown in unknowns))
    variables = [place.removeprefix(_VARIABLE) for place in places if place.startswith(_VARIABLE)]
    others = [place for place in places if not place.startswith(_VARIABLE) and place not in _OTHERWISE]
    said = [f"{_listed(variables)} {'is' if len(variables) == 1 else 'are'} not set" if variables else "",
            f"{_listed(others)} {'has' if len(others) == 1 else 'have'} Lambda's default" if others else "",
            *(said for place, said in _OTHERWISE.items() if place in places)]
    how = f" Give it under Parameters and values, or run workbench values set {_quoted(key)} VALUE." if key else ""
    told = " and ".join(filter(None, said))
    return f"{told[:1].upper() if told.startswith(('the ', 'no ')) else told[:1]}{told[1:]}: {what} has no value here.{how}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def _quoted(key: str) -> str:
    return key if key.isalnum() else f'"{key}"'
