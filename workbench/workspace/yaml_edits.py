"""Edits of a template's text. Each replaces, inserts or removes exactly one part and then proves that it did:

the new text is parsed, and must mean the same as the old text except for that one change. If it does not (for instance because
an anchor shares the value with other places), WorkspaceError is raised and nothing is changed.
"""

from __future__ import annotations

import re
from typing import Any

from workbench.model.failures import WorkspaceError
from workbench.workspace.template import Template
from workbench.workspace.text_lines import below_blank_lines, blank_at, line_end, line_start, lines_above, next_line
from workbench.workspace.yaml_nodes import Alias, Mapping, Node, Pair, Scalar, Sequence
from workbench.workspace.yaml_values import is_intrinsic_tag, written
from workbench.workspace.yaml_writing import block_lines, flow_text

Keys = tuple[str | int, ...]
_HINT = "Make this change in the text of the template."


def set_value(template: Template, keys: Keys, value: Any) -> Template:
    """Return the template with `value` (simple, list or dict) at the path; missing maps on the way are created."""
    start, end, text = _splice_for(template, keys, value)
    return _proven(template, start, end, text, _with_value(template.data, keys, value), keys)


def remove_value(template: Template, keys: Keys, *, with_comments: bool = False) -> Template:
    """Return the template without the pair at the path. Maps left empty are removed too, but a section keeps `{}`.

    `with_comments` also removes the comment lines directly above it.
    """
    while len(keys) > 2 and len(_owner(template, keys).pairs) == 1:
        keys = keys[:-1]
    owner = _owner(template, keys)
    pair = _own_pair(template, owner, keys)
    if len(owner.pairs) == 1 and not owner.flow and len(keys) > 1:
        return set_value(template, keys[:-1], {})
    start, end = _flow_span(template.text, owner, pair) if owner.flow else _block_span(template.text, owner, pair, with_comments)
    return _proven(template, start, end, "", _without_value(template.data, keys), keys)


def refused(template: Template, keys: Keys, reason: str, line: int | None = None) -> WorkspaceError:
    """Return the error for an edit that the form of the template does not allow; `reason` begins with "because"."""
    place = template.path.name if line is None else f"{template.path.name}, line {line + 1}"
    return WorkspaceError(f"{place}: {'.'.join(map(str, keys))} cannot be changed here, {reason}.", _HINT)


def _proven(template: Template, start: int, end: int, text: str, expected: Any, keys: Keys) -> Template:
    try:
        changed = template.with_text(template.text[:start] + text + template.text[end:])
    except WorkspaceError as error:
        raise refused(template, keys, "because of the way it is written") from error
    if template.is_json and not changed.is_json:
        raise refused(template, keys, "because the file would no longer be JSON")
    if changed.data != expected:
        raise refused(template, keys, "because it is shared with other places through a YAML anchor or merge")
    return changed


# --- where to write -------------------------------------------------------------------------------------------------------


def _splice_for(template: Template, keys: Keys, value: Any) -> tuple[int, int, str]:
    node: Node = template.root
    owner, pair = template.root, None
    for depth, key in enumerate(keys):
        if isinstance(node, Sequence) and isinstance(key, int) and key < len(node.items):
            node = node.items[key]
            continue
        rest = _nested(keys[depth:], value)
        if isinstance(node, Scalar) and pair and not node.value and not node.tag:
            return _replacing(template, owner, pair, rest)
        if not isinstance(node, Mapping) or is_intrinsic_tag(node.tag):
            raise refused(template, keys, _why_not(node), node.line)
        if not node.pairs and pair:
            return _replacing(template, owner, pair, rest)
        found = node.pair(str(key))
        if found is None:
            return _inserting(template, node, rest)
        owner, pair, node = node, found, found.value
    # The item of a list: only its own place is replaced, because the pair's value is the whole list.
    if isinstance(node, Scalar) and pair and node is not pair.value:
        return node.start, node.end, written(value, style=_quotes(node), flow=True, json_like=template.is_json)
    assert pair is not None
    return _replacing(template, owner, pair, value)


def _why_not(node: Node) -> str:
    if isinstance(node, Alias):
        return "because it is shared with other places through a YAML anchor"
    return "because it is computed by an intrinsic function" if is_intrinsic_tag(node.tag) else "because it is not a map"


def _nested(keys: Keys, value: Any) -> Any:
    for key in reversed(keys):
        value = {str(key): value}
    return value


def _replacing(template: Template, owner: Mapping, pair: Pair, value: Any) -> tuple[int, int, str]:
    """Return the splice (start, end, text) that replaces the pair's value."""
    if isinstance(value, (dict, list)) and value and not owner.flow:
        return _replacing_by_block(template, pair, value)
    start, end, lead = _value_place(template.text, pair)
    # Aliases need the anchor. If there are any, `_proven` refuses the edit, because it would change their values too.
    lead += f"&{pair.value.anchor} " if pair.value.anchor else ""
    json_like = _is_json_like(template, owner)
    if isinstance(value, (dict, list)):
        return start, end, lead + flow_text(value, json_like=json_like)
    return start, end, lead + written(value, style=_quotes(pair.value), flow=owner.flow, json_like=json_like)


def _value_place(text: str, pair: Pair) -> tuple[int, int, str]:
    """Return start and end of the value, and the space that must precede a new one."""
    end = pair.content_end(text)
    if pair.has_empty_value():
        return end, end, " "
    if pair.value.line == pair.key.line:
        return pair.value.start, end, ""
    return text.index(":", pair.key.end) + 1, end, " "


def _replacing_by_block(template: Template, pair: Pair, value: Any) -> tuple[int, int, str]:
    text, end = template.text, pair.content_end(template.text)
    below = _block_below(template, pair.key.column, value)
    if pair.has_empty_value():
        return line_end(text, end), line_end(text, end), below
    return text.index(":", pair.key.end) + 1, end, below


def _block_below(template: Template, column: int, value: Any) -> str:
    indent = column + template.indent_step
    return "".join(template.line_end + line for line in block_lines(value, indent, template.indent_step))


def _inserting(template: Template, owner: Mapping, value: dict[str, Any]) -> tuple[int, int, str]:
    if owner.flow:
        return _inserting_in_flow(template, owner, value)
    if not owner.pairs:
        end = len(template.text)
        return end, end, "".join(line + template.line_end for line in block_lines(value, 0, template.indent_step))
    (new,) = value.values()
    at = _simple_end(template.text, owner) if not isinstance(new, dict) else _tail_end(template.text, owner)
    column = owner.pairs[0].key.column
    return at, at, "".join(template.line_end + line for line in block_lines(value, column, template.indent_step))


def _inserting_in_flow(template: Template, owner: Mapping, value: dict[str, Any]) -> tuple[int, int, str]:
    new = flow_text(value, json_like=_is_json_like(template, owner), flow=True)[1:-1]
    if not owner.pairs:
        return owner.end - 1, owner.end - 1, new
    last = owner.pairs[-1]
    at = last.content_end(template.text)
    if last.key.line == owner.line:
        return at, at, f", {new}"
    return at, at, f",{template.line_end}{' ' * last.key.column}{new}"


def _simple_end(text: str, owner: Mapping) -> int:
    """Return the end of the last pair without a block of its own, to keep simple properties together before the long ones."""
    simple = [pair for pair in owner.pairs if _is_simple(pair.value)]
    return line_end(text, simple[-1].content_end(text)) if simple else _tail_end(text, owner)


def _is_simple(node: Node) -> bool:
    return isinstance(node, (Scalar, Alias)) or (isinstance(node, (Mapping, Sequence)) and node.flow)


def _tail_end(text: str, owner: Mapping) -> int:
    """Return the end of the last pair, including the comments after it that are indented like it."""
    end = line_end(text, owner.content_end(text))
    position = end
    while match := re.compile(r"(?:\r\n|\r|\n)([ \t]*)(#[^\r\n]*)?").match(text, position):
        position = match.end()
        if match.group(2) and len(match.group(1)) >= max(owner.pairs[0].key.column, 1):
            end = position
        elif match.group(2) or (position < len(text) and text[position] not in "\r\n"):
            break
    return end


def _quotes(node: Node) -> str:
    return node.style if isinstance(node, Scalar) and node.style in ("'", '"') else ""


def _is_json_like(template: Template, owner: Mapping) -> bool:
    return template.is_json or (owner.flow and bool(owner.pairs) and owner.pairs[0].key.style == '"')


# --- what to remove -------------------------------------------------------------------------------------------------------


def _owner(template: Template, keys: Keys) -> Mapping:
    node: Node | None = template.root
    for key in keys[:-1]:
        pair = node.pair(str(key)) if isinstance(node, Mapping) else None
        node = pair.value if pair else None
    if not isinstance(node, Mapping):
        raise refused(template, keys, "because it is not written there")
    return node


def _own_pair(template: Template, owner: Mapping, keys: Keys) -> Pair:
    pair = owner.pair(str(keys[-1]))
    if pair is None:
        raise refused(template, keys, "because it is not written there", owner.line)
    if owner.stands_twice(str(keys[-1])):
        raise refused(template, keys, "because the key stands twice in its map; remove one of the two first", pair.key.line)
    return pair


def _block_span(text: str, owner: Mapping, pair: Pair, with_comments: bool) -> tuple[int, int]:
    start = line_start(text, pair.key.start)
    end = next_line(text, line_end(text, pair.content_end(text)))
    if with_comments:
        start = lines_above(text, start, rf"[ \t]{{{pair.key.column}}}#[^\r\n]*")
    blank_lines_from = lines_above(text, start, r"[ \t]*")
    if pair is owner.pairs[0] and blank_lines_from == start:
        end = below_blank_lines(text, end)  # blank lines that separated it from the next pair, which is now the first
    elif with_comments and (end == len(text) or blank_at(text, end)):
        start = blank_lines_from
    return start, end


def _flow_span(text: str, owner: Mapping, pair: Pair) -> tuple[int, int]:
    index = owner.pairs.index(pair)
    if index + 1 < len(owner.pairs):
        return pair.key.start, owner.pairs[index + 1].key.start
    start = owner.pairs[index - 1].content_end(text) if index else pair.key.start
    return start, pair.content_end(text)


# --- the same change on the meaning ---------------------------------------------------------------------------------------


def _with_value(data: Any, keys: Keys, value: Any) -> Any:
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(data, list) and isinstance(key, int):
        return [_with_value(item, rest, value) if index == key else item for index, item in enumerate(data)]
    data = data or {}
    return {**data, key: _with_value(data.get(key), rest, value)}


def _without_value(data: dict[str, Any], keys: Keys) -> dict[str, Any]:
    key, rest = str(keys[0]), keys[1:]
    if rest:
        return {**data, key: _without_value(data[key], rest)}
    return {name: value for name, value in data.items() if name != key}
