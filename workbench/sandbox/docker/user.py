"""Who a function is: Lambda's sandbox user, with a name and a home folder that does not exist.

Source: environments recorded on Lambda (`id`, `/etc/passwd`), also of functions whose code is an image of their own; the group
has no name.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

USER = "993:990"
"""Lambda's sandbox user. Source: introspection of environments of Amazon Linux 2 runtimes."""

USERS_FILE = "/etc/passwd"
"""Where a container has the list of its users."""

HOME = "/home/sbx_user1051"
_ENTRY = f"sbx_user1051:x:993:990::{HOME}:/sbin/nologin\n"


def write_users(folder: Path, of_the_image: str) -> Path:
    """An image's list of users with Lambda's before them, in a file in `folder`; the same list is written once.

    Blocking; raises OSError.
    """
    text = _ENTRY + of_the_image
    path = folder / f"users-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
    return path
