"""Threads that decode a type for the first time together do not end the process, as they do with msgspec alone."""

from __future__ import annotations

import subprocess
import sys
import textwrap

SCRIPT = textwrap.dedent("""
    import sys, threading, msgspec
    from workbench.storage.decoding import decoder_of
    sys.setswitchinterval(1e-6)
    for _ in range(100):
        inner = msgspec.defstruct("Inner", [(f"field{number}", tuple[str, ...], ()) for number in range(30)])
        outer = msgspec.defstruct("Outer", [("listed", list[inner]), ("named", dict[str, inner], {})])
        together = threading.Barrier(8)

        def decode():
            together.wait()
            decoder_of(outer).decode(b'{"listed": [{"field1": ["x"]}, {}], "named": {"key": {}}}')

        threads = [threading.Thread(target=decode) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
""")


def test_first_decodings_at_the_same_moment() -> None:
    """With `msgspec.json.decode(..., type=outer)` in place of ours the process ends by a segmentation fault."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
