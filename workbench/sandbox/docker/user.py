"""The user that a function runs as: Lambda's sandbox user, with a name and a home folder that does not exist.

Its group has no name. Source: environments recorded on Lambda (`id`, `/etc/passwd`), of container image functions too.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

USER = "993:990"
"""Lambda's sandbox user. Source: introspection of environments of Amazon Linux 2 runtimes."""

USERS_FILE = "/etc/passwd"
"""A container's list of users."""

HOME = "/home/sbx_user1051"
_ENTRY = f"sbx_user1051:x:993:990::{HOME}:/sbin/nologin\n"


def write_users(folder: Path, of_the_image: str) -> Path:
    """Write an image's list of users, preceded by Lambda's user, to a file in `folder`. Equal lists share a file.

    Blocking; raises OSError.
    """
    text = _ENTRY + of_the_image
    path = folder / f"users-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
    return path
