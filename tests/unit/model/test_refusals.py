"""What errors say of the sandbox: the texts that Python, Node.js and drivers really write."""

from __future__ import annotations

import pytest

from workbench.model.allowances import Allowance, folder_problem, normal_address
from workbench.model.refusals import (
    Refusal,
    Suspicion,
    allow_words,
    command_options,
    folder_to_allow,
    local_addresses,
    sentence,
    suspicion,
)


@pytest.mark.parametrize(("error_type", "message", "path"), [
    ("FileNotFoundError", "[Errno 2] No such file or directory: '/home/ann/data.csv'", "/home/ann/data.csv"),
    ("PermissionError", "[Errno 13] Permission denied: '/srv/out.txt'", "/srv/out.txt"),
    ("OSError", "[Errno 30] Read-only file system: '/srv/out.txt'", "/srv/out.txt"),
    ("Error", "ENOENT: no such file or directory, open '/home/ann/a b.csv'", "/home/ann/a b.csv"),
    ("Error", "EACCES: permission denied, scandir '/srv'", "/srv"),
    ("Function<Errno::ENOENT>", "No such file or directory @ rb_sysopen - /srv/x.txt", "/srv/x.txt"),
    ("java.io.FileNotFoundException", "/srv/x.txt (No such file or directory)", "/srv/x.txt"),
])
def test_a_path_that_an_error_names(error_type: str, message: str, path: str) -> None:
    assert suspicion(error_type, message) == Suspicion(kind="path", path=path)


@pytest.mark.parametrize(("error_type", "message", "address"), [
    ("Error", "connect ECONNREFUSED 127.0.0.1:5432", "127.0.0.1:5432"),
    ("Error", "connect ECONNREFUSED ::1:5432", "[::1]:5432"),
    ("EndpointConnectionError", 'Could not connect to the endpoint URL: "http://localhost:4566/"', "127.0.0.1:4566"),
    ("OperationalError", 'connection to server at "127.0.0.1", port 5432 failed: Connection refused', "127.0.0.1:5432"),
    ("ConnectionError", "Error 111 connecting to localhost:6379. Connection refused.", "127.0.0.1:6379"),
    ("ConnectionError", "HTTPConnectionPool(host='127.0.0.1', port=8000): Max retries exceeded with url: / (Caused by "
     "NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] "
     "Connection refused'))", "127.0.0.1:8000"),
    ("ClientConnectorError", "Cannot connect to host localhost:8000 ssl:default [Connect call failed ('127.0.0.1', 8000)]",
     "127.0.0.1:8000"),
    ("ConnectionRefusedError", "[Errno 111] Connection refused", ""),
    ("URLError", "<urlopen error [Errno 111] Connection refused>", ""),
])
def test_an_address_that_an_error_names(error_type: str, message: str, address: str) -> None:
    assert suspicion(error_type, message) == Suspicion(kind="address", address=address)


@pytest.mark.parametrize(("error_type", "message"), [
    ("gaierror", "[Errno -3] Temporary failure in name resolution"),
    ("Error", "getaddrinfo ENOTFOUND example.com"),
    ("OSError", "[Errno 101] Network is unreachable"),
    ("EndpointConnectionError", 'Could not connect to the endpoint URL: "https://s3.amazonaws.com/"'),
])
def test_a_network_that_is_not_there(error_type: str, message: str) -> None:
    found = suspicion(error_type, message)
    assert found is not None
    assert found.kind == "network"


def test_a_connection_that_was_broken_off_is_about_an_address() -> None:
    trace = 'File "/var/task/app.py", line 12, in handler\n    s = socket.create_connection(("127.0.0.1", 5432), 3)'
    for error_type, message, address in (
        ("ConnectionClosedError", 'Connection was closed before we received a valid response from endpoint URL: '
                                  '"http://localhost:4566/".', "127.0.0.1:4566"),
        ("ConnectionResetError", "[Errno 104] Connection reset by peer", "127.0.0.1:5432"),
        ("Error", "read ECONNRESET", "127.0.0.1:5432"),
    ):
        assert suspicion(error_type, message, trace) == Suspicion(kind="address", address=address)
    assert suspicion("ConnectionResetError", "[Errno 104] Connection reset by peer") == Suspicion(kind="address")
    silent = Refusal(kind="address", what="127.0.0.1:4566", is_allowed=True)
    assert silent.cure is None
    assert "127.0.0.1:4566 on this machine, but nothing listens there" in sentence(silent)


def test_a_system_call_and_what_only_looks_like_one() -> None:
    called = suspicion("PermissionError", "[Errno 1] Operation not permitted", "os.unshare(os.CLONE_NEWUSER)")
    assert called == Suspicion(kind="systemCall", call="unshare")
    assert suspicion("PermissionError", "[Errno 1] Operation not permitted: '/tmp/x'") is None  # chown
    for error_type, message in (("KeyError", "'path'"), ("ValueError", "/home/ann/x is wrong"), ("Sandbox.Timedout", "timed out"),
                                ("FileNotFoundError", "[Errno 2] No such file or directory: 'data.csv'")):
        assert suspicion(error_type, message) is None


def test_no_more_is_offered_than_was_asked_for() -> None:
    home = "/home/ann"
    assert folder_to_allow("/home/ann/data/a.csv", home, is_folder=False) == "/home/ann/data"
    assert folder_to_allow("/home/ann/a.csv", home, is_folder=False) == "/home/ann/a.csv"
    assert folder_to_allow("/home/ann/.aws/config", home, is_folder=False) == "/home/ann/.aws/config"
    assert folder_to_allow("/srv/a.csv", home, is_folder=False) == "/srv/a.csv"
    assert folder_to_allow("/srv/data", home, is_folder=True) == "/srv/data"
    assert folder_to_allow("/tmp/a.csv", home, is_folder=False) == ""


def test_each_refusal_has_its_sentence_and_its_command() -> None:
    path = Refusal(kind="path", what="/srv/my data/a.csv", folder="/srv/my data")
    assert "nor would it on Lambda" in sentence(path)
    assert sentence(path).endswith("or allow it for this function.")
    assert sentence(Refusal(kind="path", what="/home/ann")).endswith("Put it into the package or a layer.")
    assert path.cure is not None
    assert (allow_words(path.cure), command_options(path.cure)) == ("/srv/my data", "--folder '/srv/my data'")
    address = Refusal(kind="address", what="127.0.0.1:5432", address="127.0.0.1:5432")
    assert "on Lambda, 127.0.0.1 is the environment itself" in sentence(address)
    assert address.cure is not None
    assert command_options(address.cure) == "--address 127.0.0.1:5432"
    network = Refusal(kind="network")
    assert network.cure is not None
    assert (allow_words(network.cure), command_options(network.cure)) == ("the network", "--network")
    for nothing in (Refusal(kind="systemCall", what="mount"), Refusal(kind="path", what="/tmp/x"),
                    Refusal(kind="path", what="/home/sbx_user1051/.aws/config"),
                    Refusal(kind="path", what="/srv/x", is_allowed=True)):
        assert nothing.cure is None
        assert sentence(nothing)


def test_addresses_and_folders_in_their_normal_form() -> None:
    assert [normal_address(one) for one in ("localhost:80", "127.0.0.1:080", "[::1]:80", "127.0.0.2:80")] == [
        "127.0.0.1:80", "127.0.0.1:80", "[::1]:80", "127.0.0.2:80"]
    assert not any(map(normal_address, ("example.com:80", "10.0.0.1:80", "localhost", "localhost:99999", "localhost:٣", ":", "")))
    assert not any(map(folder_problem, ("/home/ann", "/srv", "/var/lib/data", "/mnt/c")))
    assert all(map(folder_problem, ("/", "/var", "/tmp/x", "/opt", "/usr/share", "srv", "/a/../etc", "", "/a\0b")))
    assert local_addresses({"A": "postgres://u:p@localhost:5432/x", "B": "http://127.0.0.1:5432", "C": "example.com:80"}) == (
        "127.0.0.1:5432",)
    one = Allowance(folders=("/a",), addresses=("127.0.0.1:1",))
    assert one.adding(Allowance(folders=("/b", "/a"))).folders == ("/a", "/b")
    assert one.removing(Allowance(folders=("/a",))) == Allowance(addresses=("127.0.0.1:1",))
    assert Allowance(network=False).adding(one) == Allowance(folders=one.folders, addresses=one.addresses, network=False)
    assert Allowance(network=False).adding(Allowance()) == Allowance()
    assert Allowance().removing(Allowance()) == Allowance(network=False)
    assert one.has(Allowance(folders=("/a",)))
    assert not one.has(Allowance(folders=("/b",)))
