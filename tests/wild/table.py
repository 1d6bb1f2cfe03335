"""What came of reading many templates, as a table for people and a document for scripts."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.wild.comparing import UNEXPLAINED, Difference
from tests.wild.editing import Edit
from tests.wild.invoking import CATEGORY_WORDS, Invoked
from tests.wild.outcome import Outcome

_EXAMPLES = 3


def lines(outcomes: list[Outcome], root: Path) -> Iterator[str]:
    """The table."""
    opened = [outcome for outcome in outcomes if not outcome.refusal]
    compared = [outcome for outcome in opened if not outcome.sams_refusal]
    functions = sum(outcome.functions for outcome in compared)
    unexplained = {(d.template, d.function) for d in _all(compared) if d.reason == UNEXPLAINED}
    differing = {(d.template, d.function) for d in _all(compared)}
    yield f"{len(outcomes)} templates, {len(opened)} open ({_percent(len(opened), len(outcomes))})"
    yield f"{sum(outcome.functions for outcome in opened)} functions; SAM reads {len(compared)} of these templates"
    yield (f"{functions} functions compared: {_percent(functions - len(differing), functions)} equal, "
           f"{_percent(functions - len(unexplained), functions)} equal or with a reason, {len(unexplained)} unexplained")
    yield from _section("Refused here", _refusals(outcomes), root)
    yield from _section("Refused by SAM, open here", _sams_refusals(opened), root)
    yield from _section("Differences", [(f"{d.field.split()[0]}: {d.reason}", _shown(d)) for d in _all(compared)], root)
    edits = [edit for outcome in opened for edit in outcome.edits]
    good = sum(not edit.wrong and not edit.refusal for edit in edits)
    yield f"\n{len(edits)} settings changed, one at a time: {good} changed exactly that"
    yield from _section("Edits", [(_kind_of_edit(edit), f"{edit.template} {edit.function}")
                                  for edit in edits if edit.wrong or edit.refusal], root)


def invocation_lines(outcomes: list[Invoked]) -> Iterator[str]:
    """How many invocations succeeded, and of which category each failure is; those without one are shown."""
    projects = {outcome.chosen.project for outcome in outcomes}
    succeeded = sum(not outcome.category for outcome in outcomes)
    own = sum(outcome.chosen.own for outcome in outcomes)
    yield f"\n{len(outcomes)} functions of {len(projects)} projects, {own} with an event of the project: {succeeded} succeeded"
    for category, count in Counter(outcome.category for outcome in outcomes if outcome.category).most_common():
        yield f"  {count:5}  {category}: {CATEGORY_WORDS[category]}"
    unaccounted = [outcome for outcome in outcomes if outcome.category == "none"]
    yield f"without a category: {len(unaccounted)}"
    for outcome in unaccounted:
        yield f"\n{outcome.chosen.project} {outcome.chosen.function} ({outcome.chosen.runtime})\n{outcome.text[:800]}"


def _all(outcomes: Iterable[Outcome]) -> Iterator[Difference]:
    for outcome in outcomes:
        yield from outcome.differences


def _refusals(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(_kind(o.refusal) + (" (SAM too)" if o.sams_refusal else " (SAM reads it)"), f"{o.template}: {o.refusal}")
            for o in outcomes if o.refusal]


def _sams_refusals(opened: list[Outcome]) -> list[tuple[str, str]]:
    return [(o.sams_refusal.partition(":")[0], f"{o.template}: {o.sams_refusal}") for o in opened if o.sams_refusal]


def _kind(refusal: str) -> str:
    """The sentence without the place."""
    return refusal.rpartition(", column ")[2].partition(": ")[2] or refusal


def _kind_of_edit(edit: Edit) -> str:
    """A resource of a loop has no place of its own in the text: refusing is right there."""
    if "comes from the loop" in edit.refusal:
        return "refused with its reason: the function comes from a loop (Fn::ForEach)"
    return f"refused: {_kind(edit.refusal)}" if edit.refusal else f"wrong: {edit.wrong}"


def _shown(difference: Difference) -> str:
    place = f"{difference.template} {difference.function} {difference.field}"
    return f"{place}: {difference.ours!r} here, {difference.sams!r} with SAM"


def _section(title: str, rows: list[tuple[str, str]], root: Path) -> Iterator[str]:
    if not rows:
        return
    yield f"\n{title}"
    examples: dict[str, list[str]] = defaultdict(list)
    for kind, example in rows:
        examples[kind].append(example.replace(f"{root}/", "")[:300])
    for kind, count in Counter(kind for kind, _ in rows).most_common(40):
        yield f"  {count:5}  {kind[:200]}"
        for example in random.Random(1).sample(examples[kind], min(_EXAMPLES, count)):
            yield f"           {example}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "none"
