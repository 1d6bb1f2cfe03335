"""The isolated sandbox for who is not root: a part of the contract, run by an ordinary user of this machine.

Where the tests are run by one anyhow all of them are that, and nothing is left to do here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bubbles import NOBODY, needs_bubblewrap

ROOT = Path(__file__).parents[2]
TUNNEL = "/dev/net/tun"
pytestmark = [needs_bubblewrap, pytest.mark.skipif(sys.platform == "linux" and os.geteuid() != 0, reason="we are one ourselves")]

WITH_A_NETWORK = (
    "tests/security/test_isolated_sandbox.py",
    "tests/contract/test_enforcement.py::test_what_the_table_promises_holds[isolated]",
    "tests/contract/test_extensions.py::test_an_extension_lives_with_its_environment[isolated]",
)
SHARED = (
    "tests/contract/test_extensions.py::test_an_extension_lives_with_its_environment[isolated]",
)
_TUNNEL_OF_ITS_OWN = 'mount --bind "$0" /dev/net/tun && exec "$@"'


def _variables(home: str) -> dict[str, str]:
    """Nothing of root's; the packages of these tests."""
    packages = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    return {"HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": f"{ROOT}{os.pathsep}{packages}",
            "PYTHONDONTWRITEBYTECODE": "1", "QT_QPA_PLATFORM": "offscreen"}


def _as_nobody(*command: str) -> list[str]:
    """`setpriv` itself still finds programs as root does, `env` does not."""
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env", *command]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of that user's, who may not look into those of these tests."""
    folder = Path(tempfile.mkdtemp(prefix="ordinary-"))
    os.chown(folder, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def python() -> str:
    """An interpreter that may be used by everybody, with all that these tests need."""
    for each in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        tried = subprocess.run(_as_nobody(each, "-c", "import pytest, workbench.cli.main"), env=_variables("/"), cwd="/",
                               capture_output=True, check=False)
        if tried.returncode == 0:
            return each
    pytest.skip("No other user may use the interpreter of these tests.")


def _run(python: str, home: Path, tests: tuple[str, ...], before: tuple[str, ...] = ()) -> None:
    command = _as_nobody(python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"--basetemp={home}/tests", *tests)
    ran = subprocess.run([*before, *command], env=_variables(str(home)), cwd=ROOT, capture_output=True, text=True, check=False,
                         timeout=240)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr
    assert "skipped" not in ran.stdout, ran.stdout


def test_a_part_of_the_contract_with_a_network_of_its_own(home: Path, python: str) -> None:
    """Where only root may open tunnels, this user sees another device file for them than this machine has."""
    device = home / "tun"
    os.mknod(device, 0o020666, os.makedev(10, 200))
    device.chmod(0o666)
    before = ("unshare", "--mount", "--propagation", "private", "sh", "-c", _TUNNEL_OF_ITS_OWN, str(device))
    opens = subprocess.run([*before, *_as_nobody("sh", "-c", f"exec 3<>{TUNNEL}")], capture_output=True, check=False)
    if opens.returncode != 0 or shutil.which("slirp4netns") is None:
        pytest.skip("No tunnel can be made here.")
    _run(python, home, WITH_A_NETWORK, before)


def test_a_part_of_the_contract_with_the_machine_s_network(home: Path, python: str) -> None:
    """As where neither tool is there, or none may be used."""
    before = ("unshare", "--mount", "--propagation", "private", "sh", "-c", _TUNNEL_OF_ITS_OWN, "/proc/version")
    _run(python, home, SHARED, before)
