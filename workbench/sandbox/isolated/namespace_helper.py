"""The program that makes sockets in other network namespaces; `namespace_sockets` starts it and talks to it.

It is a process of its own, because entering a namespace changes a whole thread and its rights, and a process with threads cannot
enter a user namespace at all. It uses only the standard library and runs under `python -I -S`, single-threaded, so that it can
fork: each request is served by a child that enters the namespace, makes the socket, passes it back and ends.

Standard input is a socket to the engine (SOCK_SEQPACKET). A request is `NUMBER ACTION ARGUMENT…` with the descriptor of a network
namespace; `listen HOST PORT` and `make HOST PORT` make a socket, `prohibit NETWORK,…` blocks addresses. The answer is
`NUMBER 0 made` with the socket, then `NUMBER 0 done` as soon as no copy is left here that would keep its address in use; or
`NUMBER ERRNO STAGE`. The program ends with the engine, when nobody is at the other end any more.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterator

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
NS_GET_USERNS = 0xB701
"""The ioctl that returns the user namespace that owns a namespace. Source: ioctl_ns(2), Linux 4.9."""

BACKLOG = 128
ADDRESS_TIMEOUT_S = 2.0
"""How long to wait for the loopback address. bwrap reports its child's ID some tenths of a millisecond before it sets that."""
_RETRY_S = 0.0005
_REQUEST_BYTES = 1 << 16
_RTM_NEWROUTE = 24
_NLMSG_ERROR = 2
_ROUTE_FLAGS = 0x01 | 0x04 | 0x100 | 0x400
"""NLM_F_REQUEST, _ACK, _REPLACE, _CREATE. Source: linux/netlink.h; the rest of these numbers: linux/rtnetlink.h."""
_TABLE_MAIN = 254
_BY_ADMINISTRATOR = 4
_PROHIBIT = 8
_DESTINATION = 1


class Failed(Exception):
    """An OSError, and the stage at which it occurred: `enter` or `make`."""

    def __init__(self, stage: str, error: OSError) -> None:
        super().__init__(stage)
        self.stage = stage
        self.number = error.errno or errno.EIO


def serve(channel: socket.socket) -> None:
    """Answer requests until the engine is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    while True:
        request, descriptors, _, _ = socket.recv_fds(channel, _REQUEST_BYTES, 1)
        if not request:
            return
        number, action, *arguments = request.decode().split(" ")
        try:
            child = os.fork()
        except OSError as error:
            _answer(channel, f"{number} {error.errno} fork")
            child = -1
        if child == 0:
            _serve_one(channel, number, action, arguments, descriptors[0])
        for descriptor in descriptors:
            os.close(descriptor)


def _serve_one(channel: socket.socket, number: str, action: str, arguments: list[str], namespace: int) -> None:
    """Serve a request in the child, and end it without Python's cleanup, which belongs to the parent."""
    try:
        with _stage("enter"):
            enter(namespace)
        with _stage("make"):
            if action == "prohibit":
                prohibit(arguments[0].split(","))
            else:
                made = _make(action, (arguments[0], int(arguments[1])))
                _answer(channel, f"{number} 0 made", made.fileno())
                made.close()
        _answer(channel, f"{number} 0 done")
    except Failed as failed:
        _answer(channel, f"{number} {failed.number} {failed.stage}")
    finally:
        os._exit(0)


@contextlib.contextmanager
def _stage(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Failed(name, error) from error


def _answer(channel: socket.socket, text: str, *descriptors: int) -> None:
    with contextlib.suppress(OSError):  # the engine is gone, and this process will end too
        socket.send_fds(channel, [text.encode()], descriptors)


def _make(action: str, address: tuple[str, int]) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    if action == "listen":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(made, address)
        made.listen(BACKLOG)
    return made


def prohibit(networks: list[str]) -> None:
    """Block these networks (`10.0.0.0/8`) in this network namespace: connections fail with EACCES. Raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.bind((0, 0))
        for network in networks:
            kernel.send(_prohibiting(network))
            length, kind = struct.unpack_from("=IH", answer := kernel.recv(4096))
            code = -struct.unpack_from("=i", answer, 16)[0] if kind == _NLMSG_ERROR and length >= 20 else 0
            if code not in (0, errno.EAFNOSUPPORT, errno.EOPNOTSUPP):  # a kernel without IPv6 cannot get there anyway
                raise OSError(code, os.strerror(code))


def _prohibiting(network: str) -> bytes:
    address, _, bits = network.partition("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = socket.inet_pton(family, address)
    route = struct.pack("=BBBBBBBBI", family, int(bits), 0, 0, _TABLE_MAIN, _BY_ADMINISTRATOR, 0, _PROHIBIT, 0)
    attribute = struct.pack("=HH", 4 + len(packed), _DESTINATION) + packed
    length = 16 + len(route) + len(attribute)
    return struct.pack("=IHHII", length, _RTM_NEWROUTE, _ROUTE_FLAGS, 1, 0) + route + attribute


def enter(namespace: int) -> None:
    """Enter a network namespace with root's rights, or else with those in the user namespace that owns it. Raises OSError.

    The owner is looked up by the network namespace, because its processes may have moved to another user namespace since.
    """
    try:
        _setns(namespace, CLONE_NEWNET)
        return
    except PermissionError:
        owner = _owner(namespace)
    _setns(owner, CLONE_NEWUSER)
    _setns(namespace, CLONE_NEWNET)


def _setns(namespace: int, kind: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, kind) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _owner(namespace: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    owner: int = libc.ioctl(namespace, NS_GET_USERNS)
    if owner < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return owner


def _bind(made: socket.socket, address: tuple[str, int]) -> None:
    """Bind, waiting for the address if the namespace is so new that it does not have it yet. Raises OSError."""
    until = time.monotonic() + ADDRESS_TIMEOUT_S
    while True:
        try:
            made.bind(address)
            return
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL or time.monotonic() > until:
                raise
        time.sleep(_RETRY_S)


def main() -> None:
    """Serve requests at standard input. A copy of the descriptor is used."""
    serve(socket.socket(fileno=os.dup(0)))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
