"""Which pictures are drawn, told by their first bytes and not by what a header says; and which SVG is harmless."""

from __future__ import annotations

import re
from xml.parsers import expat

MOST_PIXELS = 12_000_000
MOST_SVG_BYTES = 512 * 1024
MOST_SVG_ELEMENTS = 3_000
MOST_SVG_USES = 20
"""Each may stand for all other elements. What one stands for may have none inside, or twenty could stand for a million times."""
_KINDS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))
_ACTIVE = frozenset({"script", "foreignobject", "image", "animate", "animatetransform", "animatemotion", "set", "filter"})
_OUTSIDE = re.compile(r"url\(\s*['\"]?\s*(?![\s#'\"])|@import", re.IGNORECASE)
_OUTWARD = "refers to something outside itself"


def picture_kind(content: bytes, media_type: str = "") -> str:
    """Return `png`, `jpeg`, `gif`, `webp` or `svg`; "" for what is no picture."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    by_mark = next((kind for mark, kind in _KINDS if content.startswith(mark)), "")
    is_svg = media_type == "image/svg+xml" or content[:512].lstrip().startswith(b"<svg")
    return by_mark or ("svg" if is_svg else "")


def why_svg_not_drawn(content: bytes) -> str:
    """Say why an SVG is not drawn; "" if it refers to nothing outside itself and is small enough to be drawn within a moment."""
    if len(content) > MOST_SVG_BYTES:
        return f"The SVG has {len(content):,} bytes, too many to be drawn here."
    look = _SvgLook()
    try:
        look.read(content)
    except expat.ExpatError as error:
        return f"The SVG is no well-formed XML: {error}."
    except _RefusedError as refused:
        return f"The SVG {refused}, so it is not drawn here."
    return ""


class _RefusedError(Exception):
    """What an SVG has that it may not have."""


class _SvgLook:
    """Looks at every element of an SVG."""

    def __init__(self) -> None:
        self._elements = self._uses = 0
        self._style: list[str] | None = None
        self._named: list[bool] = []
        """Whether each element that is open can be referred to."""

    def read(self, content: bytes) -> None:
        """Raises `_RefusedError` or `expat.ExpatError`."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._element
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        parser.ProcessingInstructionHandler = self._instruction
        parser.Parse(content, True)

    def _entity(self, *_: object) -> None:
        raise _RefusedError("declares entities")

    def _instruction(self, target: str, _data: str) -> None:
        raise _RefusedError(f"has an instruction ({target})")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        self._elements += 1
        self._uses += local == "use"
        if local in _ACTIVE:
            raise _RefusedError(f"has an element {local}")
        if self._elements > MOST_SVG_ELEMENTS or self._uses > MOST_SVG_USES:
            raise _RefusedError("has too many elements")
        if local == "use" and any(self._named):
            raise _RefusedError("uses what is made of other uses")
        if local == "style":
            self._style = []
        self._named.append("id" in attributes)
        for attribute, value in attributes.items():
            is_reference = local != "a" and attribute.rpartition(":")[2].lower() == "href"
            if _OUTSIDE.search(value) or (is_reference and not value.strip().startswith("#")):
                raise _RefusedError(_OUTWARD)

    def _text(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)

    def _end(self, _name: str) -> None:
        if self._style is not None and _OUTSIDE.search("".join(self._style)):
            raise _RefusedError(_OUTWARD)
        self._style = None
        self._named.pop()
