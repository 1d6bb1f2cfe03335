"""Function URLs as the window and the command line show them."""

from __future__ import annotations

import msgspec


class FunctionUrlInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A function URL that the engine serves.

    `alias` is "" for the function's own. `url` is for browsers and curl, `program_url` for programs whose resolver does not find
    names below localhost. `auth_type` is NONE or AWS_IAM, `invoke_mode` BUFFERED or RESPONSE_STREAM.
    """

    function: str
    url: str
    program_url: str
    auth_type: str
    invoke_mode: str
    alias: str = ""
    region: str = ""
