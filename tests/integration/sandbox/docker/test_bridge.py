"""A bridge whose hardware address stays as it is, shown with a real one: what Podman's does without us, and with us."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.sandbox.docker.bridge import keep_hardware_address

ADDRESS = "198.51.100.77"
HIGH, LOW = "02:00:00:00:00:77", "02:00:00:00:00:01"
_KEEP = f"from workbench.sandbox.docker.bridge import keep_hardware_address; print(keep_hardware_address('{ADDRESS}'))"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None, reason="bridges are made by root, on Linux")


def ip(command: str) -> None:
    subprocess.run(["ip", *command.split()], check=True, capture_output=True)


def hardware_address(interface: str) -> str:
    return Path("/sys/class/net", interface, "address").read_text().strip()


def join(bridge: str, address: str) -> str:
    """A new member of the bridge."""
    name = f"wb{secrets.token_hex(4)}"
    ip(f"link add {name} address {address} type veth peer name {name}p")
    ip(f"link set {name} master {bridge}")
    return name


@pytest.fixture
def bridge() -> Iterator[str]:
    """As Podman makes its: without a hardware address of its own, and with a member."""
    name = f"wb{secrets.token_hex(4)}"
    try:
        ip(f"link add {name} type bridge")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no bridge can be made here: {error.stderr.decode()}")
    try:
        ip(f"addr add {ADDRESS}/32 dev {name}")
        join(name, HIGH)
        yield name
    finally:
        for member in os.listdir(f"/sys/class/net/{name}/brif"):
            ip(f"link del {member}")
        ip(f"link del {name}")


def test_it_has_its_lowest_members_without_us(bridge: str) -> None:
    assert hardware_address(bridge) == HIGH
    join(bridge, LOW)
    assert hardware_address(bridge) == LOW


def test_it_stays_when_members_come_and_go(bridge: str) -> None:
    assert keep_hardware_address(ADDRESS)
    lowest = join(bridge, LOW)
    assert hardware_address(bridge) == HIGH
    assert keep_hardware_address(ADDRESS)
    ip(f"link del {lowest}")
    assert hardware_address(bridge) == HIGH


def test_who_may_not_says_so(bridge: str) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    command = ["setpriv", "--bounding-set=-net_admin", sys.executable, "-c", _KEEP]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "False\n"
    join(bridge, LOW)
    assert hardware_address(bridge) == LOW


def test_no_bridge_is_nothing_to_keep() -> None:
    assert keep_hardware_address(ADDRESS)
