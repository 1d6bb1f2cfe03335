"""Which environment variables have values that are probably secrets, judged by their names."""

from __future__ import annotations

import re

_SECRET = re.compile(r"SECRET|TOKEN|PASSW|PWD|API_?KEY|PRIVATE|CREDENTIAL|ACCESS_?KEY|AUTH|_KEY$|^KEY$", re.IGNORECASE)


def looks_secret(name: str) -> bool:
    """Whether a variable's value should be hidden until asked for, and not be written where others read it."""
    return bool(_SECRET.search(name))
