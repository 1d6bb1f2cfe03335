"""A YAML document as nodes that know their position in the text, so that an edit can leave every other byte alone.

`yaml_composer` and `json_composer` create them. They are our own because nodes of YAML libraries lose the position of aliases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Node:
    """What all nodes share: `start`..`end` are character offsets of the value, including its tag and anchor."""

    start: int
    end: int
    line: int
    column: int
    tag: str = ""
    anchor: str = ""
    weight: int = 1

    def content_end(self, text: str) -> int:
        """Return the offset after the last character of the value, not counting blank lines and comments after it."""
        return min(self.end, len(text))


@dataclass(slots=True)
class Scalar(Node):
    """A single value. `style` is "" (plain), ' or ", | or >."""

    value: str = ""
    style: str = ""

    def content_end(self, text: str) -> int:
        """Return the end of the value; block scalars end before the blank lines that follow them."""
        return self.start + len(text[self.start : self.end].rstrip()) if self.style in ("|", ">") else self.end


@dataclass(slots=True)
class Alias(Node):
    """`*name`: a reference to a node earlier in the text."""

    target: Node = field(default_factory=lambda: Scalar(0, 0, 0, 0))


@dataclass(slots=True)
class Sequence(Node):
    """A list; `flow` if it is written in brackets."""

    items: list[Node] = field(default_factory=list)
    flow: bool = False

    def content_end(self, text: str) -> int:
        """Return the end of the last item or of the closing bracket."""
        return self.end if self.flow or not self.items else self.items[-1].content_end(text)


@dataclass(slots=True)
class Pair:
    """One `key: value` of a mapping."""

    key: Scalar
    value: Node

    def content_end(self, text: str) -> int:
        """Return the end of the value, or of the colon if the value is empty."""
        if self.has_empty_value():
            return text.index(":", self.key.end) + 1
        return self.value.content_end(text)

    def has_empty_value(self) -> bool:
        """Whether nothing follows the colon."""
        return isinstance(self.value, Scalar) and self.value.start == self.value.end


@dataclass(slots=True)
class Mapping(Node):
    """A map with scalar keys; `flow` if it is written in braces."""

    pairs: list[Pair] = field(default_factory=list)
    flow: bool = False

    def content_end(self, text: str) -> int:
        """Return the end of the last pair or of the closing brace."""
        return self.end if self.flow or not self.pairs else self.pairs[-1].content_end(text)

    def pair(self, key: str) -> Pair | None:
        """Return the pair written in this mapping, not one merged in with `<<`; the last if a key occurs twice, None if never."""
        return next((pair for pair in reversed(self.pairs) if pair.key.value == key), None)

    def stands_twice(self, key: str) -> bool:
        """Whether the key is written more than once in this mapping."""
        return sum(pair.key.value == key for pair in self.pairs) > 1

    def get(self, key: str) -> Node | None:
        """Return the value of a key, following aliases; None if the key is missing."""
        pair = self.pair(key)
        return dereference(pair.value) if pair else None


def dereference(node: Node) -> Node:
    """Return the node that an alias stands for, or any other node itself."""
    return node.target if isinstance(node, Alias) else node


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all nodes written inside it, including keys; aliases are not followed."""
    yield node
    if isinstance(node, Mapping):
        for pair in node.pairs:
            yield pair.key
            yield from walk(pair.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from walk(item)
