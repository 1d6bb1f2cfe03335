"""How a container reaches our engine: at this machine's address on the bridge, or by the host's name from a virtual machine."""

from __future__ import annotations

import socket

from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.protocol import Address

HOST_NAME = "host.docker.internal"


def listener_address(engine: EngineInfo, bind_host: str, advertised_host: str) -> Address:
    """Where Runtime API listeners bind and what containers are told. Given values win (rootless Podman, unusual networks).

    On a bridge of this machine, only containers can reach the listener. Virtual machines forward their host's name to our
    loopback interface. Rootless engines reach this machine at its own address on the network, and so does Podman until a first
    container brings its bridge up.
    """
    if engine.bridge_address and _is_up(engine.bridge_address):
        found = Address(engine.bridge_address, engine.bridge_address)
    elif engine.shares_kernel:
        own = _own_address()
        found = Address(own, own)
    else:
        found = Address("127.0.0.1", HOST_NAME)
    return Address(bind_host or found.bind_host, advertised_host or found.advertised_host)


def _is_up(address: str) -> bool:
    """Whether this machine has the address now; binding to it is the test that listeners have to pass anyway."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        try:
            trial.bind((address, 0))
        except OSError:
            return False
        return True


def extra_hosts(address: Address) -> dict[str, str]:
    """What to add to a container's /etc/hosts so that it finds the advertised host."""
    return {HOST_NAME: "host-gateway"} if address.advertised_host == HOST_NAME else {}


def _own_address() -> str:
    """This machine's address towards the outside, loopback if it has none.

    Connecting a datagram socket sends nothing. The destination is in TEST-NET-1, which belongs to nobody. Source: RFC 5737.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
