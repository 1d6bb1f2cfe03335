"""moto's server for tests whose engine has not started it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from workbench.engine.services_endpoint import moto_server


@contextlib.contextmanager
def moto_url() -> Iterator[str]:
    """Run a server until the block ends: the URL where it listens."""
    process = subprocess.Popen([sys.executable, "-P", str(Path(moto_server.__file__))], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.stdin.close()
            process.wait(10)
