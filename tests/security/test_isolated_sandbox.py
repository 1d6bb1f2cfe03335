"""What a function tries from within the isolated sandbox, and what a template tries before it begins."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.engines import engine_in_test
from tests.support.extensions import LOYAL, stop_environments, story, workspace_with_extensions
from tests.support.workspaces import WorkspaceBuilder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the isolated sandbox is on Linux only")

ANSWERS = """
    def handler(event, context):
        return "here"
"""
SPEAKS_FOR_THE_SUPERVISOR = """
    import os

    def handler(event, context):
        spoken = 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                files = [f"/proc/{pid}/fd/{each}" for each in os.listdir(f"/proc/{pid}/fd")]
            except OSError:
                continue
            for file in files:
                try:
                    with open(file, "wb", buffering=0) as opened:
                        spoken += opened.write(b"@ready\\n@ended runtime 0\\n@ended 7 0\\n" * 100)
                except OSError:
                    pass
        return "here"
"""
READS_ITS_INPUT = """
    import subprocess

    def handler(event, context):
        return subprocess.run(["cat"], capture_output=True, text=True, timeout=5).stdout
"""


MAKES_A_FILE = """
    import os

    def handler(event, context):
        open("/tmp/made", "w").close()
        return oct(os.stat("/tmp/made").st_mode)
"""


MAKES_FILES = """
    import os

    def handler(event, context):
        made = 0
        try:
            while made < 100_000:
                os.close(os.open(f"/tmp/{made}", os.O_CREAT | os.O_WRONLY))
                made += 1
        except OSError as error:
            return error.strerror
        return made
"""


async def test_empty_files_are_bounded_too(tmp_path: Path) -> None:
    """Each takes some of this machine's memory where /tmp is in memory."""
    builder = WorkspaceBuilder(tmp_path / "w")
    workspace = builder.function("Function", {"app.py": MAKES_FILES}, memory_mb=1024, timeout_s=60).write()
    async with engine_in_test(workspace, sandbox="isolated") as engine:
        assert (await engine.invoke()).payload == '"No space left on device"'


async def test_variables_of_a_template_count_inside_alone(tmp_path: Path) -> None:
    """The system's loader obeys them: what makes the sandbox runs with the person's rights."""
    outside = tmp_path / "written"
    variables = {"LD_DEBUG": "statistics", "LD_DEBUG_OUTPUT": str(outside)}
    workspace = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.py": ANSWERS}, environment=variables).write()
    async with engine_in_test(workspace, sandbox="isolated") as engine:
        assert (await engine.invoke()).payload == '"here"'
    assert not list(tmp_path.glob("written*"))


async def test_nobody_speaks_for_the_supervisor(tmp_path: Path) -> None:
    workspace = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.py": SPEAKS_FOR_THE_SUPERVISOR}).write()
    async with engine_in_test(workspace, sandbox="isolated") as engine:
        assert (await engine.invoke()).payload == '"here"'
        assert (await engine.invoke()).payload == '"here"'


async def test_the_umask_of_the_person_is_the_person_s_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root's functions are another user's, who reads what the engine makes; what they make has Lambda's modes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    workspace = workspace_with_extensions(tmp_path / "w", {"loyal": LOYAL}, code=MAKES_A_FILE)
    before = os.umask(0o077)
    try:
        async with engine_in_test(workspace, sandbox="isolated") as engine:
            assert (await engine.invoke()).payload == '"0o100644"'
            await stop_environments(engine)
            assert (await story(engine)).extension_lines[-1] == "loyal SHUTDOWN SPINDOWN"
    finally:
        os.umask(before)


async def test_standard_input_is_empty(tmp_path: Path) -> None:
    workspace = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.py": READS_ITS_INPUT}).write()
    async with engine_in_test(workspace, sandbox="isolated") as engine:
        assert (await engine.invoke()).payload == '""'
