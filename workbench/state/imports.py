"""The import breakdown of a cold start: what loading code cost, module by module, against the whole init."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from workbench.state.startup import ImportTime, Startup


class ImportNode(msgspec.Struct):
    """An imported module with what it imported in turn, most expensive first. Times are in ms, `start_ms` epoch."""

    module: str
    start_ms: float
    duration_ms: float
    self_ms: float
    children: list[ImportNode] = msgspec.field(default_factory=list)

    def heaviest_path(self, share: float = 0.4) -> list[ImportNode]:
        """Walk down the tree to the most expensive child while it takes at least `share` of its parent's time."""
        path = [self]
        while path[-1].children and path[-1].children[0].duration_ms >= share * path[-1].duration_ms:
            path.append(path[-1].children[0])
        return path


class ImportCost(msgspec.Struct, frozen=True):
    """A module's cost in ms and as a percentage of init (None if the length of init is unknown)."""

    module: str
    duration_ms: float
    percent_of_init: float | None


def import_tree(imports: Sequence[ImportTime]) -> list[ImportNode]:
    """Return the top-level imports, most expensive first. An entry whose parent is not in the list is top-level."""
    nodes = [ImportNode(item.module, item.start_ms, item.duration_ms, item.self_ms) for item in imports]
    roots: list[ImportNode] = []
    for index, item in enumerate(imports):
        has_parent = 0 <= item.parent < len(nodes) and item.parent != index
        (nodes[item.parent].children if has_parent else roots).append(nodes[index])
    _sort(roots)
    return roots


def _sort(nodes: list[ImportNode]) -> None:
    waiting = [nodes]
    while waiting:
        level = waiting.pop()
        level.sort(key=lambda node: -node.duration_ms)
        waiting.extend(node.children for node in level)


def dependencies(startup: Startup) -> list[ImportNode]:
    """Return what the function's own module imported, most expensive first; the module itself is not a dependency."""
    roots = import_tree(startup.imports)
    return roots[0].children if len(roots) == 1 and roots[0].children else roots


def top_costs(startup: Startup, limit: int = 5) -> list[ImportCost]:
    """Return the most expensive imports of the function's own code in a cold start."""
    init_ms = startup.init_ms
    return [
        ImportCost(node.module, node.duration_ms, 100 * node.duration_ms / init_ms if init_ms else None)
        for node in dependencies(startup)[:limit]
    ]


def total_ms(nodes: Iterable[ImportNode]) -> float:
    """Return the time spent in these imports, including everything they imported."""
    return sum(node.duration_ms for node in nodes)
