"""A JSON document as a tree whose parts are read when they are looked at, numbers and order as they were written.

msgspec finds the parts of an object or array without making Python's objects of them: the root of 5 MB takes some milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from workbench.state.json_escapes import without_escapes

GROUP = 500
"""Children beside each other. More of them are grouped by their position, and groups of groups likewise."""
MOST_FOUND = 1_000
"""Places that one search returns."""
PREVIEW = 240
"""Bytes of a value that its preview is made from."""

Step = str | int
"""A member's name, or an element's position."""
Path = tuple[Step, ...]

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPACE = b" \t\r\n"
_CUT_ESCAPE = re.compile(r"(?<!\\)\\(?:u[0-9a-fA-F]{0,3})?\Z")


class Node:
    """A value, or a group of an array's or object's values (`step` is None then). Read `children` of containers only."""

    __slots__ = ("_children", "_parts", "label", "parent", "raw", "row", "step")

    def __init__(
        self, raw: bytes | msgspec.Raw, parent: Node | None = None, row: int = 0, step: Step | None = None, label: str = "",
    ) -> None:
        self.raw, self.parent, self.row, self.step, self.label = raw, parent, row, step, label
        self._parts: list[tuple[Step, msgspec.Raw]] | None = None
        self._children: list[Node] | None = None

    @property
    def kind(self) -> str:
        """`object`, `array`, `string`, `number`, `word` (true, false, null) or `group`."""
        if self._parts is not None:
            return "group"
        return _KINDS.get(bytes(memoryview(self.raw)[:1]), "number")

    @property
    def has_children(self) -> bool:
        """Whether it is a group, or an object or array that is not empty."""
        if self.kind in ("object", "array"):
            return memoryview(self.raw).nbytes > PREVIEW or bytes(memoryview(self.raw))[1:].lstrip(_SPACE)[:1] not in (b"}", b"]")
        return self.kind == "group"

    @property
    def is_short(self) -> bool:
        """Whether it is so short that it may be opened unasked."""
        return memoryview(self.raw).nbytes <= 10 * PREVIEW

    @property
    def children(self) -> list[Node]:
        """Its children, read now if they have not been: of 5 MB within some ten milliseconds."""
        if self._children is None:
            self._children = self._grouped(self._parts if self._parts is not None else self._read())
        return self._children

    @property
    def text(self) -> str:
        """The value as JSON, as it was written; "" of a group."""
        return bytes(memoryview(self.raw)).decode("utf-8", "replace")

    @property
    def value_text(self) -> str:
        """What is copied: a string's characters, any other value as JSON."""
        return str(msgspec.json.decode(self.raw)) if self.kind == "string" else self.text

    @property
    def preview(self) -> str:
        """The beginning of the value on one line; characters as such, also where the document has an escape for them."""
        if self.kind == "group":
            return ""
        view = memoryview(self.raw)
        is_cut = view.nbytes > PREVIEW
        if self.kind == "string" and view.nbytes <= 4 * PREVIEW:
            shown, is_cut = f'"{_visible(str(msgspec.json.decode(self.raw)))}"', False
        else:
            shown = without_escapes(" ".join(bytes(view[:PREVIEW]).decode("utf-8", "ignore").split()))
        return f"{_CUT_ESCAPE.sub('', shown)}…" if is_cut else shown

    @property
    def path(self) -> Path:
        """The steps from the root."""
        own: Path = () if self.step is None else (self.step,)
        return own if self.parent is None else self.parent.path + own

    def holds(self, step: Step) -> bool:
        """Whether a group has the value of this step."""
        return any(own == step for own, _ in self._parts or ())

    def _read(self) -> list[tuple[Step, msgspec.Raw]]:
        if self.kind == "object":
            return list(_members(self.raw).items())
        return list(enumerate(_elements(self.raw))) if self.kind == "array" else []

    def _grouped(self, parts: list[tuple[Step, msgspec.Raw]]) -> list[Node]:
        if len(parts) <= GROUP:
            return [Node(raw, self, row, step, _label(step)) for row, (step, raw) in enumerate(parts)]
        size = GROUP
        while size * GROUP < len(parts):
            size *= GROUP
        return [self._group(parts, row, begin, size) for row, begin in enumerate(range(0, len(parts), size))]

    def _group(self, parts: list[tuple[Step, msgspec.Raw]], row: int, begin: int, size: int) -> Node:
        own = parts[begin:begin + size]
        group = Node(b"", self, row, None, f"{_label(own[0][0])} … {_label(own[-1][0])}")
        group._parts = own
        return group


def outline(content: bytes) -> Node | None:
    """Return the root of a JSON document, its children read; None if it is none, or nested too deeply to be read."""
    try:
        root = Node(msgspec.json.decode(content, type=msgspec.Raw))
        if root.has_children:
            root.children  # noqa: B018  (read here, which is on a thread for a large document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return root


def node_at(root: Node, path: Path) -> Node | None:
    """Return the value at a path, reading what lies on the way; None if there is none."""
    node = root
    for step in path:
        found = next((each for each in _values(node) if each.step == step), None)
        if found is None:
            return None
        node = found
    return node


def find(content: bytes, needle: str) -> list[Path]:
    """Return the paths of values whose name or own text contains `needle` in any case, in the document's order.

    It decodes the whole document, so it belongs on a thread. At most MOST_FOUND are returned.
    """
    wanted, found = needle.casefold(), list[Path]()
    if wanted:
        for path, value in _walk(msgspec.json.decode(content)):
            if wanted in _own_text(path, value):
                found.append(path)
                if len(found) == MOST_FOUND:
                    break
    return found


def json_path(path: Path) -> str:
    """Return a path as JSONPath (RFC 9535): `$.items[3]["first name"]`."""
    return "$" + "".join(_step_text(step) for step in path)


def _step_text(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_NAME.fullmatch(step) else f"[{msgspec.json.encode(step).decode()}]"


def _values(node: Node) -> Iterator[Node]:
    """Yield the values in a container, those of its groups included."""
    if node.has_children:
        for child in node.children:
            if child.kind == "group":
                yield from _values(child)
            else:
                yield child


def _walk(document: Any) -> Iterator[tuple[Path, Any]]:
    """Yield all values with their paths, without recursion, which a deep document would exhaust."""
    waiting: list[tuple[Path, Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting.extend(reversed([((*path, step), part) for step, part in parts]))


def _own_text(path: Path, value: Any) -> str:
    name = path[-1] if path and isinstance(path[-1], str) else ""
    own = "" if isinstance(value, dict | list) else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"{name}\n{own}".casefold()


def _label(step: Step) -> str:
    return str(step)


def _visible(text: str) -> str:
    """Line ends and other control characters as escapes, so that a value stays on its line."""
    return text if text.isprintable() else "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


_KINDS = {b"{": "object", b"[": "array", b'"': "string", b"t": "word", b"f": "word", b"n": "word"}
