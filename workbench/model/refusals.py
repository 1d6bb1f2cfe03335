"""What the isolated sandbox refused a function, deduced from the function's error, and the sentence beside that error.

`suspicion` reads an error; the engine then checks whether this machine has what the error names (see
`engine.environment.refusals`), and only explains it if so. The error texts are those of Python's OSError, Node.js's system
errors, Ruby, Java, Go, and database drivers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from workbench.model.allowances import Allowance, is_lambdas_place, is_within, normal_address

Kind = Literal["path", "address", "network", "systemCall"]
SANDBOX_HOME = "/home/sbx_user1051"
_NO_FILE = r"No such file or directory|ENOENT|Permission denied|EACCES|Read-only file system|EROFS"
_PATHS = (r"(?:'|\")(?P<path>/[^'\"\n]{1,1000})(?:'|\")", r" - (?P<path>/[^\n]{1,1000})$",
          r"(?P<path>/[^\n(]{1,1000}) \(No such file", r"^open (?P<path>/[^\n:]{1,1000}): ")
_REFUSED = r"ECONNREFUSED|Connection refused|ConnectionRefused|Could not connect to the endpoint|Connect call failed|Errno 111"
_HUNG_UP = (r"ECONNRESET|Connection reset|Errno 104|ConnectionClosedError|Connection was closed before|RemoteDisconnected"
            r"|Remote end closed connection|socket hang up|other side closed")
"""What a function sees when it is allowed to reach a service on this machine but the service is not running."""
_UNRESOLVED = (r"ENOTFOUND|EAI_AGAIN|gaierror|Name or service not known|Temporary failure in name resolution|getaddrinfo"
               r"|ENETUNREACH|Network is unreachable|Errno 101|Could not connect to the endpoint|EHOSTUNREACH|No route to host")
_LOCAL = r"(?P<host>localhost|127\.0\.0\.1|\[?::1\]?)"
_PORT = r"(?P<port>\d{1,5})"
_ADDRESSES = (_LOCAL + r"\"?'?,? ?:?(?:port[ =]*)?" + _PORT, _LOCAL + r"['\"]?, port[ =]+" + _PORT)
_NOT_PERMITTED = r"Operation not permitted|EPERM"
_CALLS = ("mount", "umount", "unshare", "setns", "ptrace", "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "chroot",
          "pivot_root", "reboot", "swapon", "init_module", "settimeofday", "clock_settime", "sethostname", "process_vm_readv",
          "userfaultfd", "io_uring_setup", "quotactl", "syslog", "acct", "kexec_load", "open_by_handle_at")


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """What an error may be about: a path, an address (loopback `host:port`, "" if the error names none), a system call.

    `is_vague`: a connection failed, but the error does not say to where or why (Node.js's "fetch failed").
    """

    kind: Kind
    path: str = ""
    address: str = ""
    call: str = ""
    is_vague: bool = False


class Refusal(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What was refused: `what` is the path, the address, or the system call ("" if it is not known).

    `folder` or `address` is what would have to be allowed, "" if nothing can be. `is_allowed`: it is allowed already, but that
    is not enough (the path is read-only; nothing listens at the address).
    """

    kind: Kind
    what: str = ""
    folder: str = ""
    address: str = ""
    is_allowed: bool = False

    @property
    def cure(self) -> Allowance | None:
        """The allowance that would give the function access; None if none would."""
        if self.folder:
            return Allowance(folders=(self.folder,))
        if self.address:
            return Allowance(addresses=(self.address,))
        return Allowance(network=True) if self.kind == "network" else None


def suspicion(error_type: str, message: str, trace: str = "") -> Suspicion | None:
    """Return what in the sandbox may have caused an error; None if the sandbox has nothing to do with it."""
    text = f"{error_type}: {message}"
    # The order matters. A message that names a path is about that file, even with EPERM; and botocore's "Could not connect to
    # the endpoint", which is in two patterns, is about an address if it names one, and else about the network.
    if re.search(_NO_FILE, text) and (path := _path_in(message)):
        return Suspicion(kind="path", path=path)
    if re.search(_NOT_PERMITTED, text) and not _path_in(message):
        return Suspicion(kind="systemCall", call=_call_in(f"{message}\n{trace}"))
    if re.search(_REFUSED, text) and (address := _address_in(message)):
        return Suspicion(kind="address", address=address)
    if re.search(_UNRESOLVED, text):
        return Suspicion(kind="network")
    if re.search(_HUNG_UP, text):
        return Suspicion(kind="address", address=_address_in(message) or _address_in(trace))
    if re.search(_REFUSED, text) or (error_type == "AggregateError" and re.search(_REFUSED, trace)):
        return Suspicion(kind="address", address=_address_in(trace))
    return Suspicion(kind="network", is_vague=True) if message == "fetch failed" else None


def local_addresses(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return loopback addresses that a function's environment variables name (`DATABASE_URL=postgres://localhost:5432/x`)."""
    found = (normal_address(f"{match['host']}:{match['port']}") for value in variables.values()
             for match in re.finditer(_LOCAL + ":" + _PORT, value[:10_000]))
    return tuple(dict.fromkeys(filter(None, found)))


def folder_to_allow(path: str, home: str, *, is_folder: bool) -> str:
    """Return what to offer for a path on this machine: the folder, or the file's folder; "" if nothing can be allowed.

    Offers only the file if its folder would give away too much: the person's home, a hidden folder (keys, profiles), or a
    folder directly below the root.
    """
    if is_lambdas_place(path):
        return ""
    if is_folder:
        return path
    folder = path.rpartition("/")[0]
    hidden = is_within(folder, home) and "/." in folder[len(home):]
    return path if folder.count("/") < 2 or hidden or is_within(home, folder) else folder


def sentence(refusal: Refusal) -> str:
    """Say what happened, why, and what to change."""
    return _SENTENCES[refusal.kind](refusal)


def allow_words(cure: Allowance) -> str:
    """Name what is allowed, for a button or a list: `/data`, `127.0.0.1:5432`, `the network`."""
    return ", ".join((*cure.folders, *cure.addresses)) or "the network"


def command_options(cure: Allowance) -> str:
    """Return the options with which `workbench allow` grants the allowance."""
    options = [*(f"--folder {_quoted(folder)}" for folder in cure.folders), *(f"--address {one}" for one in cure.addresses)]
    return " ".join(options) or "--network"


def _quoted(path: str) -> str:
    return path if re.fullmatch(r"[\w./@%+:,-]+", path) else "'" + path.replace("'", "'\\''") + "'"


def _path_in(message: str) -> str:
    for pattern in _PATHS:
        if found := re.search(pattern, message):
            return found["path"].rstrip()
    return ""


def _address_in(message: str) -> str:
    for pattern in _ADDRESSES:
        if (found := re.search(pattern, message)) and (address := normal_address(f"{found['host']}:{found['port']}")):
            return address
    return ""


def _call_in(text: str) -> str:
    return next((name for name in _CALLS if re.search(rf"\b{name}\b", text)), "")


def _of_path(refusal: Refusal) -> str:
    if refusal.is_allowed:
        return (f"{refusal.what} is allowed for this function, but only for reading, and only if its permissions let everyone "
                "read it. On Lambda the file would not be there, and only /tmp can be written.")
    if is_within(refusal.what, SANDBOX_HOME):
        return ("In the sandbox, as on Lambda, ~ is /home/sbx_user1051, which has none of your files: no profiles and no keys. "
                "Give the function what it needs in its package, a layer or its variables.")
    if is_lambdas_place(refusal.what):
        return (f"{refusal.what} is on this machine, but the function has Lambda's own files there, and an empty /tmp. "
                "Put what it needs into the package or a layer.")
    return (f"The isolated sandbox shows a function none of your files, so it does not see {refusal.what}, nor would it on "
            f"Lambda. Put it into the package or a layer{', or allow it for this function' if refusal.folder else ''}.")


def _of_address(refusal: Refusal) -> str:
    if refusal.is_allowed:
        return (f"This function may reach {refusal.what} on this machine, but nothing listens there. If that is what the code "
                "called, start the service.")
    return (f"A program on this machine listens at {refusal.what}, but the isolated sandbox cannot reach this machine; on "
            "Lambda, 127.0.0.1 is the environment itself. Allow the address for this function if that is what you want.")


def _of_network(_: Refusal) -> str:
    return ("This function has no network here because it was switched off. Allow the network for this function, or change the "
            "code to do without it.")


def _of_system_call(refusal: Refusal) -> str:
    call = f"The system call {refusal.what}" if refusal.what else "Most likely, a system call that the code made"
    return (f"{call} is not permitted in the sandbox, nor is it on Lambda: functions may not mount, trace other processes, "
            "create namespaces or use the kernel's keyring. Change the code to do without it.")


_SENTENCES = {"path": _of_path, "address": _of_address, "network": _of_network, "systemCall": _of_system_call}

