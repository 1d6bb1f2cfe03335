"""A page that a function returned, wrapped so that a browser may show it: without scripts, network, forms and links outward."""

from __future__ import annotations

from html import escape

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"


def wrapped_page(html: str) -> str:
    """Return a document that holds the page in a frame with every restriction.

    The frame's sandbox allows nothing (HTML standard, "iframe sandbox"): no script, no form, no refresh to another address. The
    policy, which frames made from `srcdoc` inherit (CSP 3, section 4.2), keeps it from loading anything.
    """
    return (f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            "<title>Answer of the function</title><style>html,body,iframe{margin:0;border:0;width:100%;height:100%}</style>"
            f'<iframe sandbox title="Answer of the function" srcdoc="{escape(html)}"></iframe>')
