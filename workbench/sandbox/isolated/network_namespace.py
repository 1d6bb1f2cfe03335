"""A handle on the network of an environment."""

from __future__ import annotations

import os
import select

from workbench.model.failures import SandboxError

NS_GET_USERNS = 0xB701
"""Source: ioctl_ns(2)."""
TRY_AGAIN = "Invoke again; if it happens again, choose another sandbox."


class NetworkNamespace:
    """A network namespace, held open: it stays the same even if its processes end and their IDs are reused."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def of(cls, pid: int) -> NetworkNamespace:
        """The namespace of a process; less than a millisecond. Raises SandboxError if it has ended, or shares the engine's.

        A pidfd tells afterwards whether the process has ended meanwhile: then another with the same ID may have been looked at.
        """
        try:
            process = os.pidfd_open(pid)
        except OSError as error:
            raise _ended(pid, error) from error
        try:
            descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _ended(pid, error) from error
        else:
            has_ended = _is_readable(process)
        finally:
            os.close(process)
        if has_ended or os.path.samestat(os.fstat(descriptor), os.stat("/proc/self/ns/net")):
            os.close(descriptor)
            raise _ended(pid) if has_ended else _shared(pid)
        return cls(descriptor)

    def owner(self) -> int:
        """A descriptor of the user namespace that owns it, which its processes may have left since. Raises OSError."""
        import fcntl

        return int(fcntl.ioctl(self.descriptor, NS_GET_USERNS))

    def close(self) -> None:
        """Close it; the namespace ends with its last process and socket. Idempotent."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _is_readable(descriptor: int) -> bool:
    """Whether it is readable now. By poll(2): select(2) cannot take descriptors above 1,023, which a busy engine has."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _ended(pid: int, error: OSError | None = None) -> SandboxError:
    reason = "" if error is None or isinstance(error, ProcessLookupError | FileNotFoundError) else f" ({error.strerror})"
    return SandboxError(f"Process {pid} of the environment has no network any more{reason}: it has ended.", TRY_AGAIN)


def _shared(pid: int) -> SandboxError:
    return SandboxError(f"Process {pid} is in this machine's own network, not in one of an environment.")
