"""Finds keys that occur twice in a map. The last one counts, as in PyYAML and so in the SAM and AWS CLIs; others are reported."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.workspace.yaml_nodes import Mapping, Node, Scalar, walk


def repeated_keys(root: Node, file_name: str) -> tuple[str, ...]:
    """Return a sentence for each key that has no effect because the same key follows in its map."""
    return tuple(sentence for node in walk(root) if isinstance(node, Mapping) for sentence in _in_mapping(node, file_name))


def _in_mapping(node: Mapping, file_name: str) -> Iterator[str]:
    last: dict[str, Scalar] = {pair.key.value: pair.key for pair in node.pairs}
    if len(last) == len(node.pairs):
        return
    for pair in node.pairs:
        key, counts = pair.key, last[pair.key.value]
        if key is not counts and not (key.value == "<<" and not key.style):
            yield (f"{file_name}, line {key.line + 1}: the key {key.value} occurs again in line {counts.line + 1}. "
                   f"The last one counts; this one has no effect.")
