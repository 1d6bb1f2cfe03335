"""Maps Pygments' token types, about two hundred, to the few kinds that have a color."""

from __future__ import annotations

from typing import Any

from pygments.token import Token

_KINDS: dict[Any, str] = {
    Token: "",
    Token.Comment: "comment",
    Token.Keyword: "keyword",
    Token.Keyword.Type: "type",
    Token.Operator.Word: "keyword",
    Token.Literal.String: "string",
    Token.Literal.String.Interpol: "",
    Token.Literal.Scalar: "string",
    Token.Literal.Number: "number",
    Token.Literal.Date: "number",
    Token.Name.Function: "function",
    Token.Name.Decorator: "function",
    Token.Name.Tag: "function",
    Token.Name.Class: "type",
    Token.Name.Exception: "type",
    Token.Name.Variable.Magic: "keyword",
    Token.Generic.Heading: "keyword",
    Token.Generic.Subheading: "keyword",
}


def kind_of(token_type: Any) -> str:
    """Return the kind of a token type: a field of `EditorColors`, or "" for plain text. Caches each type it has seen."""
    known = _KINDS.get(token_type)
    if known is None:
        known = _KINDS[token_type] = kind_of(token_type.parent)
    return known
