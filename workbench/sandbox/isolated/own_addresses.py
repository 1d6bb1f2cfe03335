"""The addresses that a function must not reach through its way to the outside: this machine's, and where machines get secrets."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator

import psutil

METADATA = ("169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "fd00:ec2::254/128", "fd00:ec2::23/128",
            "168.63.129.16/32", "100.100.100.200/32")
"""Where a machine in a cloud gets its credentials, which a function could otherwise take. Lambda has nothing at these addresses.

Sources: EC2 user guide, "Instance metadata" (Azure, Google Cloud and others use the same address); ECS developer guide, "Task IAM
role"; EKS user guide, "Pod Identity"; Azure, "What is IP address 168.63.129.16"; Alibaba Cloud, "Instance metadata".
"""
_BRIDGES = "/sys/class/net/{}/bridge"


def closed_networks() -> tuple[str, ...]:
    """The networks to block (`192.0.2.1/32`). Takes some tenths of a millisecond.

    Every address of this machine, the networks of its containers and virtual machines, and where credentials are given out.
    """
    return tuple(sorted({*METADATA, *_addresses(), *_networks_within()}))


def _addresses() -> Iterator[str]:
    for _, address, _ in _all():
        if not address.is_loopback:  # a namespace has its own
            yield f"{address}/{address.max_prefixlen}"


def _networks_within() -> Iterator[str]:
    """The networks of bridges to containers or virtual machines on this machine.

    A bridge with a default route is left out: it connects this machine to others, which a function may reach.
    """
    outward = _outward()
    for name, address, mask in _all():
        if mask and name not in outward and os.path.isdir(_BRIDGES.format(name)) and not address.is_link_local:
            yield str(ipaddress.ip_network(f"{address}/{mask if address.version == 4 else _bits(mask)}", strict=False))


def _bits(mask: str) -> int:
    return int(ipaddress.IPv6Address(mask)).bit_count()


def _outward() -> set[str]:
    """The interfaces with a default route."""
    names: set[str] = set()
    for path, destination, place in (("/proc/net/route", 1, 0), ("/proc/net/ipv6_route", 0, -1)):
        try:
            with open(path) as table:
                rows = [line.split() for line in table]
        except OSError:
            continue
        names.update(row[place] for row in rows if row and set(row[destination]) == {"0"})
    return names


def _all() -> Iterator[tuple[str, ipaddress.IPv4Address | ipaddress.IPv6Address, str]]:
    for name, addresses in psutil.net_if_addrs().items():
        for each in addresses:
            try:
                yield name, ipaddress.ip_address(each.address.partition("%")[0]), each.netmask or ""
            except ValueError:
                continue  # a hardware address
