"""Digests are those of `hashlib`."""

from __future__ import annotations

import hashlib
import subprocess
import sys

from workbench.storage.digests import sha256_hex


def test_they_are_the_usual_ones() -> None:
    for content in (b"", b"/home/ada/app", bytes(range(256)) * 100):
        assert sha256_hex(content) == hashlib.sha256(content).hexdigest()


def test_openssl_is_not_loaded_for_them() -> None:
    script = "import sys; from workbench.storage.digests import sha256_hex; sha256_hex(b''); print('_hashlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
