"""Which pictures are drawn, and how a page is wrapped for a browser."""

from __future__ import annotations

import pytest

from workbench.state.page_wrapping import wrapped_page
from workbench.state.picture_kinds import MOST_SVG_ELEMENTS, MOST_SVG_USES, picture_kind, why_svg_not_drawn

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


@pytest.mark.parametrize(("content", "media_type", "kind"), [
    (b"\x89PNG\r\n\x1a\n...", "text/plain", "png"), (b"\xff\xd8\xff\xe0", "", "jpeg"), (b"GIF89a", "", "gif"),
    (b"RIFF....WEBP", "", "webp"), (b"<svg/>", "", "svg"), (b"<?xml?><svg/>", "image/svg+xml", "svg"),
    (b"no picture", "image/png", ""), (b"", "", "")])
def test_a_picture_is_told_by_its_bytes(content: bytes, media_type: str, kind: str) -> None:
    assert picture_kind(content, media_type) == kind


@pytest.mark.parametrize("inside", [
    '<circle r="4"/>', '<defs><linearGradient id="g"/></defs><rect fill="url(#g)"/>', '<rect fill="url( \'#g\' )"/>',
    '<style>.a { fill: url(#g) }</style><path class="a" d="M0 0"/>', '<circle id="c" r="1"/><use xlink:href="#c"/>',
    '<a href="https://example.com"><text>link</text></a>'])
def test_a_harmless_svg_is_drawn(inside: str) -> None:
    assert why_svg_not_drawn(SVG.format(inside).encode()) == ""


@pytest.mark.parametrize(("inside", "why"), [
    ("<script>1</script>", "has an element script"), ('<image href="/etc/passwd"/>', "has an element image"),
    ("<foreignObject/>", "has an element foreignobject"), ('<use href="other.svg#a"/>', "refers to something outside"),
    ('<rect fill="url(http://x/y)"/>', "refers to something outside"), ('<rect style="fill:url( file:///x )"/>', "refers to"),
    ("<style>@import 'x.css';</style>", "refers to"), ("<?php 1?>", "has an instruction"),
    ('<g id="a"><use href="#b"/><use href="#b"/></g>', "uses what is made of other uses"),
    ('<use href="#a"/>' * (MOST_SVG_USES + 1), "too many elements"), ("<g/>" * MOST_SVG_ELEMENTS, "too many elements"),
    ("<g>", "no well-formed XML")])
def test_an_svg_that_is_not_drawn_says_why(inside: str, why: str) -> None:
    assert why in why_svg_not_drawn(SVG.format(inside).encode())


def test_an_entity_bomb_is_refused() -> None:
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>'
    assert "declares entities" in why_svg_not_drawn(bomb)
    assert "too many" in why_svg_not_drawn(b" " * 600_000)


def test_a_page_cannot_leave_its_frame() -> None:
    """Nothing of the page is outside the quotes of `srcdoc`."""
    page = wrapped_page('"></iframe><script>alert(1)</script>')
    assert "<script" not in page
    assert '<iframe sandbox title' in page
    assert "default-src 'none'" in page
