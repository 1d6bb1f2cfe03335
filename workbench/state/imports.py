"""The import breakdown of a cold start: what loading code cost, module by module, against the whole init."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from workbench.state.startup import ImportTime, Startup


class ImportNode(msgspec.Struct):
    """One imported module with what it imported in turn, the most expensive first. Times in ms, `start_ms` epoch."""

    module: str
    start_ms: float
    duration_ms: float
    self_ms: float
    children: list[ImportNode] = msgspec.field(default_factory=list)

    def heaviest_path(self, share: float = 0.4) -> list[ImportNode]:
        """Down the tree, always to the most expensive child, as long as that makes up `share` of its parent."""
        path = [self]
        while path[-1].children and path[-1].children[0].duration_ms >= share * path[-1].duration_ms:
            path.append(path[-1].children[0])
        return path


class ImportCost(msgspec.Struct, frozen=True):
    """A module's cost and its percentage of init (None when the length of init is not known)."""

    module: str
    duration_ms: float
    percent_of_init: float | None


def import_tree(imports: Sequence[ImportTime]) -> list[ImportNode]:
    """Top-level imports, the most expensive first. An entry whose parent is not in the list is a top-level one."""
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
    """What the function's own module imported, the most expensive first; that module itself is no dependency."""
    roots = import_tree(startup.imports)
    return roots[0].children if len(roots) == 1 and roots[0].children else roots


def top_costs(startup: Startup, limit: int = 5) -> list[ImportCost]:
    """The most expensive imports of a cold start's own code."""
    init_ms = startup.init_ms
    return [
        ImportCost(node.module, node.duration_ms, 100 * node.duration_ms / init_ms if init_ms else None)
        for node in dependencies(startup)[:limit]
    ]


def total_ms(nodes: Iterable[ImportNode]) -> float:
    """Time spent in these imports, with everything below them."""
    return sum(node.duration_ms for node in nodes)
