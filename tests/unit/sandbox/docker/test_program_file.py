"""What the first bytes of a program say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workbench.model.function import Architecture
from workbench.sandbox.docker.program_file import FIRST_BYTES, ProgramFile, program_file

_NO_PROGRAM = ProgramFile(can_run=False)


@pytest.mark.parametrize(("first", "found"), [
    (b"#!/bin/sh\necho", ProgramFile(True, "/bin/sh")),
    (b"#! \t/usr/bin/env python3\n", ProgramFile(True, "/usr/bin/env")),
    (b"#!/bin/bash\t-e\n", ProgramFile(True, "/bin/bash")),
    (b"#!/bin/sh\r\necho", ProgramFile(True, "/bin/sh\r")),
    (b"#!/bin/sh", ProgramFile(True, "/bin/sh")),
    (b"#!\n", _NO_PROGRAM), (b"", _NO_PROGRAM), (b"echo", _NO_PROGRAM), (b"\x7fELF\x02\x01", _NO_PROGRAM),
    (b"MZ\x90\0", _NO_PROGRAM), (b"\xcf\xfa\xed\xfe", _NO_PROGRAM),
])
def test_scripts_and_what_is_no_program(first: bytes, found: ProgramFile) -> None:
    assert program_file(first, "x86_64") == found


@pytest.mark.skipif(sys.platform != "linux", reason="reads a program of Linux")
def test_a_real_program_names_its_loader() -> None:
    with Path("/bin/sh").open("rb") as file:
        first = file.read(FIRST_BYTES)
    own: Architecture = "arm64" if first[18] == 183 else "x86_64"
    other: Architecture = "x86_64" if own == "arm64" else "arm64"
    here = program_file(first, own)
    assert here.can_run
    assert here.interpreter == "" or Path(here.interpreter).exists()
    assert not program_file(first, other).can_run
