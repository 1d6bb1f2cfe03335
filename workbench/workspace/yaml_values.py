"""Converts between YAML scalars and values: what a template's text means, and how a value is written.

Plain words are read as YAML 1.1, as in CloudFormation and the SAM CLI (`yes` is true, 0644 is octal); dates stay text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from workbench.workspace.yaml_nodes import Mapping, Node, Scalar, Sequence, dereference

_LONGEST_NUMBER = 400
"""The maximum length of a number in characters; any longer one would be infinity to readers of templates, so it stays text."""

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {f(word) for word in ("true", "yes", "on") for f in (str.lower, str.upper, str.capitalize)}
_FALSE = {f(word) for word in ("false", "no", "off") for f in (str.lower, str.upper, str.capitalize)}
_INTEGER = re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*|[1-9][0-9_]*(:[0-5]?[0-9])+)")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?)")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NUMBER_ELSEWHERE = re.compile(r"[-+]?(0o[0-7]+|[0-9][0-9_.:]*([eE][-+]?[0-9]+)?)|\d{4}-\d\d?-\d\d?.*")
"""Words that are text in YAML 1.1 but numbers or dates to other readers (YAML 1.2, PyYAML's timestamps): written in quotes."""
_PLAIN = re.compile(r"(?:[A-Za-z_/.]|[0-9](?=.*[A-Za-z]))(?:[A-Za-z0-9_./$@+=-]|[ ,;()'\"](?=\S)|:(?=\S))*")
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z_/.][A-Za-z0-9_./ -]*(?<! )")
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_YAML_TAG = "tag:yaml.org,2002:"
_LONG_NAMES = {"!Ref": "Ref", "!Condition": "Condition"}


def plain_value(node: Node) -> Any:
    """Convert a node to dicts, lists and simple values, with intrinsics in their long form (`!Sub x` -> {"Fn::Sub": "x"}).

    Aliases and merge keys (`<<`) are resolved. The result may share parts: do not change it in place.
    """
    node = dereference(node)
    value: Any
    if isinstance(node, Mapping):
        value = _plain_mapping(node)
    elif isinstance(node, Sequence):
        value = [plain_value(item) for item in node.items]
    else:
        assert isinstance(node, Scalar)
        value = scalar_value(node)
    return _intrinsic(node.tag, value) if is_intrinsic_tag(node.tag) else value


def is_intrinsic_tag(tag: str) -> bool:
    """Whether the tag is a short form such as !Ref, not one of YAML's own such as !!str."""
    return tag.startswith("!") and not tag.startswith("!!") and len(tag) > 1


def _intrinsic(tag: str, value: Any) -> dict[str, Any]:
    name = _LONG_NAMES.get(tag, f"Fn::{tag[1:]}")
    if name == "Fn::GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}


def _plain_mapping(node: Mapping) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for pair in node.pairs:
        if pair.key.value == "<<" and not pair.key.style:
            merged = {**_merge_source(pair.value), **merged}
    own = {pair.key.value: plain_value(pair.value) for pair in node.pairs if pair.key.value != "<<" or pair.key.style}
    return {**merged, **own}


def _merge_source(node: Node) -> dict[str, Any]:
    value = plain_value(node)
    sources = value if isinstance(value, list) else [value]
    merged: dict[str, Any] = {}
    for source in sources:
        merged = {**(source if isinstance(source, dict) else {}), **merged}
    return merged


def scalar_value(node: Scalar) -> Any:
    """Return what a scalar means: None, bool, int, float or str. Quoted scalars and those with an intrinsic's tag are text."""
    if node.tag.startswith(_YAML_TAG) and (as_tagged := _TAGGED.get(node.tag.removeprefix(_YAML_TAG))):
        return as_tagged(node.value)
    if node.style or is_intrinsic_tag(node.tag) or node.tag.endswith(":str"):
        return node.value
    return _resolve_plain(node.value)


def _tagged_number(text: str) -> Any:
    value = _resolve_plain(text)
    try:
        return value if isinstance(value, (int, float)) else float(text)
    except ValueError:
        return text


def _tagged_bool(text: str) -> Any:
    value = _resolve_plain(text)
    return value if isinstance(value, bool) else text


_TAGGED: dict[str, Callable[[str], Any]] = {
    "int": _tagged_number, "float": _tagged_number, "bool": _tagged_bool, "null": lambda _: None}


def _resolve_plain(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan")) if _SPECIAL_FLOAT.fullmatch(text) else text


def _integer(text: str) -> int:
    digits = text.replace("_", "").lstrip("+-")
    sign = -1 if text.startswith("-") else 1
    if ":" in digits:
        total = 0
        for part in digits.split(":"):
            total = total * 60 + int(part)
        return sign * total
    if digits.startswith("0") and digits[1:2] not in ("b", "x") and len(digits) > 1:
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def written(value: Any, *, style: str = "", flow: bool = False, json_like: bool = False) -> str:
    """Write a simple value as YAML. Texts keep the quotes given in `style`, and get quotes if they need them."""
    if not isinstance(value, str):
        return json.dumps(value)
    if json_like or style == '"':
        return double_quoted(value)
    if style == "'" and _fits_single_quotes(value):
        return single_quoted(value)
    if _is_plain(value, flow):
        return value
    return single_quoted(value) if '"' in value and _fits_single_quotes(value) else double_quoted(value)


def single_quoted(text: str) -> str:
    """Put a text into single quotes; it must not contain line breaks or control characters."""
    return "'" + text.replace("'", "''") + "'"


def double_quoted(text: str) -> str:
    """Put a text into double quotes: a JSON string that is also valid YAML."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", json.dumps(text, ensure_ascii=False))


def _fits_single_quotes(text: str) -> bool:
    return text.isprintable() and text == text.strip() and not _UNSAFE.search(text)


def _is_plain(text: str, flow: bool) -> bool:
    pattern = _PLAIN_IN_FLOW if flow else _PLAIN
    return bool(pattern.fullmatch(text)) and isinstance(_resolve_plain(text), str) and not _NUMBER_ELSEWHERE.fullmatch(text)

