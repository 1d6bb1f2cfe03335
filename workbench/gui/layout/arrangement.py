"""How views are arranged, as values: groups of tabs inside splits, which are inside splits. Knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from workbench.model.value import Value


class Side(Enum):
    """A side of a group; its value is the word that people read."""

    LEFT = "left"
    RIGHT = "right"
    ABOVE = "above"
    BELOW = "below"

    @property
    def is_vertical(self) -> bool:
        """Whether it is reached by going up or down."""
        return self in (Side.ABOVE, Side.BELOW)

    @property
    def is_first(self) -> bool:
        """Whether what is put there comes before."""
        return self in (Side.LEFT, Side.ABOVE)


class Group(Value):
    """Views that share a place, as tabs. `front` is the one that is seen; "" for the first."""

    views: tuple[str, ...]
    front: str = ""

    @property
    def shown(self) -> str:
        """The view that is seen."""
        return self.front if self.front in self.views else self.views[0]


class Split(Value):
    """Parts side by side or, if vertical, one above the other. `shares` are their sizes relative to each other."""

    parts: tuple[Group | Split, ...]
    shares: tuple[float, ...] = ()
    is_vertical: bool = False

    @property
    def sizes(self) -> tuple[float, ...]:
        """One positive share per part, whatever was saved."""
        is_usable = len(self.shares) == len(self.parts) and all(share > 0 for share in self.shares)
        return self.shares if is_usable else (1.0,) * len(self.parts)


Part = Group | Split


def groups_of(part: Part) -> Iterator[Group]:
    """All groups, from the upper left to the lower right."""
    if isinstance(part, Group):
        yield part
    else:
        for each in part.parts:
            yield from groups_of(each)


def views_of(part: Part) -> tuple[str, ...]:
    """The names of all views, in the order of their groups."""
    return tuple(view for group in groups_of(part) for view in group.views)


def group_with(part: Part, view: str) -> Group:
    """The group that contains a view. Raises StopIteration if there is none."""
    return next(group for group in groups_of(part) if view in group.views)


def without(part: Part, view: str) -> Part | None:
    """Take a view away, and with it what is empty then. None if nothing is left."""
    if isinstance(part, Group):
        left = tuple(each for each in part.views if each != view)
        return Group(left, part.front) if left else None
    kept = [(made, share) for each, share in zip(part.parts, part.sizes, strict=True)
            if (made := without(each, view)) is not None]
    if len(kept) < 2:
        return kept[0][0] if kept else None
    return Split(tuple(each for each, _ in kept), tuple(share for _, share in kept), part.is_vertical)


def joined(part: Part, view: str, beside: str, position: int | None = None) -> Part:
    """Put a view into the group of another one and bring it to the front; `position` None is the end."""
    rest = without(part, view)
    if rest is None or view == beside:
        return part
    group = group_with(rest, beside)
    at = len(group.views) if position is None else position
    return _replaced(rest, group, Group((*group.views[:at], view, *group.views[at:]), view))


def split_off(part: Part, view: str, beside: str, side: Side) -> Part:
    """Put a view into a group of its own, at a side of the group in which `beside` is. A group of one stays as it is."""
    group = group_with(part, beside)
    rest = without(part, view)
    if rest is None or group.views == (view,):
        return part
    remaining = next(each for each in groups_of(rest) if set(each.views) & set(group.views))
    pair = (Group((view,), view), remaining)
    made = Split(pair if side.is_first else pair[::-1], (1.0, 1.0), side.is_vertical)
    return _flat(_replaced(rest, remaining, made))


def neighbor(part: Part, view: str, side: Side) -> str | None:
    """The view in front in the group that lies at this side of a view's group. None at the edge."""
    if isinstance(part, Group):
        return None
    index = next(number for number, each in enumerate(part.parts) if view in views_of(each))
    inner = neighbor(part.parts[index], view, side)
    if inner is not None or part.is_vertical is not side.is_vertical:
        return inner
    beside = index - 1 if side.is_first else index + 1
    if not 0 <= beside < len(part.parts):
        return None
    groups = list(groups_of(part.parts[beside]))
    return groups[-1 if side.is_first else 0].shown


def settled(part: Part, known: Sequence[str]) -> Part:
    """Make a saved arrangement fit: each known view once, none that is not known. New ones come last."""
    seen: set[str] = set()
    fitting = _fitting(part, known, seen)
    missing = tuple(view for view in known if view not in seen)
    if fitting is None:
        return Group(tuple(known))
    last = list(groups_of(fitting))[-1]
    return _replaced(fitting, last, Group((*last.views, *missing), last.front)) if missing else fitting


def _fitting(part: Part, known: Sequence[str], seen: set[str]) -> Part | None:
    if isinstance(part, Group):
        views = tuple(view for view in dict.fromkeys(part.views) if view in known and view not in seen)
        seen.update(views)
        return Group(views, part.front) if views else None
    kept = [(made, share) for each, share in zip(part.parts, part.sizes, strict=True)
            if (made := _fitting(each, known, seen)) is not None]
    if len(kept) < 2:
        return kept[0][0] if kept else None
    return Split(tuple(each for each, _ in kept), tuple(share for _, share in kept), part.is_vertical)


def _replaced(part: Part, old: Group, new: Part) -> Part:
    if part == old:
        return new
    if isinstance(part, Group):
        return part
    return Split(tuple(_replaced(each, old, new) for each in part.parts), part.sizes, part.is_vertical)


def _flat(part: Part) -> Part:
    """Merge a split with those inside it that go the same way, so that a border moves what a person sees beside it."""
    if isinstance(part, Group):
        return part
    parts: list[Part] = []
    shares: list[float] = []
    for each, share in zip(map(_flat, part.parts), part.sizes, strict=True):
        if isinstance(each, Split) and each.is_vertical is part.is_vertical:
            parts += each.parts
            shares += [share * inner / sum(each.sizes) for inner in each.sizes]
        else:
            parts.append(each)
            shares.append(share)
    return Split(tuple(parts), tuple(shares), part.is_vertical)
