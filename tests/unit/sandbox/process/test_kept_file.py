"""What is read from a file that stays open is what it says now."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from workbench.sandbox.process.kept_file import KeptFile
from workbench.sandbox.process.memory import KeptUsage, Usage, usage


def test_it_says_what_the_file_says_now_and_can_be_closed(tmp_path: Path) -> None:
    kept = KeptFile(str(tmp_path / "file"))
    assert kept.read() == b""
    (tmp_path / "file").write_bytes(b"one")
    assert kept.read() == b"one"
    (tmp_path / "file").write_bytes(b"another")
    assert kept.read() == b"another"
    open_files = len(os.listdir("/proc/self/fd")) if psutil.LINUX else 0
    kept.close()
    kept.close()
    if psutil.LINUX:
        assert len(os.listdir("/proc/self/fd")) == open_files - 1
    assert kept.read() == b"another"
    kept.close()


@pytest.mark.skipif(not psutil.LINUX, reason="read from /proc")
def test_the_memory_of_a_process_is_followed_until_it_is_gone() -> None:
    program = "import sys; input(); held = b'x' * (64 << 20); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        kept = KeptUsage(process.pid)
        before = kept.now()
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        assert kept.now().now_mb > before.now_mb + 60
        assert kept.now().peak_mb == usage(process.pid).peak_mb
        process.communicate(b"\n")
    assert kept.now() == Usage()
    kept.close()
