"""Every limit that can end a run has a card with the function's own figures and the change to make."""

from __future__ import annotations

import errno
import os
import re

import pytest

from workbench.model import function_failures as failures
from workbench.model.explanations import explain
from workbench.model.limit_explanations import BECAUSE, Measured


def card(error_type: str, message: str, *, runtime: str = "python3.13", storage_mb: int = 512, timeout_s: int = 3,
         memory_mb: int = 256, measured: Measured | None = None) -> str:
    text = explain(error_type, message, runtime=runtime, handler="app.handler", timeout_s=timeout_s, memory_mb=memory_mb,
                   storage_mb=storage_mb, measured=measured or Measured())
    assert 40 < len(text) < 460
    assert text.endswith(".")
    assert not re.search(r"\{\w*\}|\bNone\b", text)
    return text


def failed(failure: failures.FunctionFailure, **more: object) -> str:
    return card(failure.error_type, failure.error_message, **more)  # type: ignore[arg-type]


def os_error(number: int, path: str = "") -> tuple[str, str]:
    """Type and message as Python has them."""
    error = OSError(number, os.strerror(number), path) if path else OSError(number, os.strerror(number))
    return type(error).__name__, str(error)


def test_a_timeout_tells_the_limit_and_how_long_it_ran() -> None:
    text = failed(failures.timed_out("id", 3), measured=Measured(ran_ms=3_016.78))
    assert text.startswith(f"{BECAUSE} the function was still running after its timeout of 3 s (it ran 3.02 s).")
    assert "raise the timeout (up to 900 s)" in text
    assert "it ran" not in failed(failures.timed_out("id", 3))
    assert "split the work" in failed(failures.timed_out("id", 900), timeout_s=900)


def test_a_timeout_that_init_used_up_is_blamed_on_init() -> None:
    measured = Measured(ran_ms=12_000, init_timed_out=True, init_again_ms=11_500)
    text = failed(failures.timed_out("id", 12), timeout_s=12, measured=measured)
    assert "Init took longer than its limit of 10 s" in text
    assert "took 11,500 ms of it" in text
    assert "Load less outside the handler" in text
    assert "ms of it" not in failed(failures.timed_out("id", 12), measured=Measured(init_timed_out=True))


def test_out_of_memory_tells_what_was_in_use() -> None:
    text = failed(failures.out_of_memory("id"), measured=Measured(memory_used_mb=255))
    assert text.startswith(f"{BECAUSE} the function needed more than its 256 MB of memory (255 MB were in use) and was killed.")
    assert "Raise MemorySize, for example to 512 MB" in text
    assert "in use" not in failed(failures.out_of_memory("id"))


@pytest.mark.parametrize(("error_type", "message"), [
    ("MemoryError", ""), ("java.lang.OutOfMemoryError", "Java heap space"),
    ("Function<NoMemoryError>", "failed to allocate memory"),
])
def test_code_that_learns_of_the_memory_limit_itself_was_not_killed(error_type: str, message: str) -> None:
    text = card(error_type, message)
    assert "more than its 256 MB of memory" in text
    assert "killed" not in text


@pytest.mark.parametrize(("error_type", "message"), [
    os_error(errno.ENOSPC), os_error(errno.ENOSPC, "/tmp/big.bin"),
    ("Error", "ENOSPC: no space left on device, write"),
    ("Function<Errno::ENOSPC>", "No space left on device @ io_write - /tmp/big.bin"),
    ("java.io.IOException", "No space left on device"),
])
def test_a_full_tmp_names_its_size_and_the_setting(error_type: str, message: str) -> None:
    text = card(error_type, message)
    assert text.startswith(f"{BECAUSE} its 512 MB of /tmp are full")
    assert "raise EphemeralStorage (more than 512, up to 10,240 MB)" in text
    assert "That is the most Lambda has" in card(error_type, message, storage_mb=10_240)
    assert "512" not in card(error_type, message, storage_mb=0)


@pytest.mark.parametrize(("error_type", "message"), [
    os_error(errno.EROFS, "/var/task/cache.db"),
    ("Error", "EROFS: read-only file system, open '/var/task/cache.db'"),
    ("Function<Errno::EROFS>", "Read-only file system @ rb_sysopen - /var/task/cache.db"),
    ("java.nio.file.FileSystemException", "/var/task/cache.db: Read-only file system"),
])
def test_a_read_only_place_is_named_and_the_writable_one(error_type: str, message: str) -> None:
    text = card(error_type, message)
    assert text.startswith(f"{BECAUSE} /var/task/cache.db")
    assert "only /tmp (512 MB) is writable" in text


@pytest.mark.parametrize(("error_type", "message"), [
    os_error(errno.EMFILE, "/var/task/app.py"), ("Error", "EMFILE: too many open files, open '/tmp/x'"),
    ("Function<Errno::EMFILE>", "Too many open files @ rb_sysopen - /tmp/x"),
])
def test_too_many_open_files(error_type: str, message: str) -> None:
    assert "may have 1,024 files and connections open at once" in card(error_type, message)


@pytest.mark.parametrize(("error_type", "message"), [
    ("RuntimeError", "can't start new thread"),
    ("Function<ThreadError>", "can't create Thread: Resource temporarily unavailable"),
    ("java.lang.OutOfMemoryError", "unable to create native thread: possibly out of memory or process/resource limits reached"),
    ("Error", "spawn /bin/true EAGAIN"), ("Function<Errno::EAGAIN>", "Resource temporarily unavailable - fork(2)"),
])
def test_too_many_processes_or_threads(error_type: str, message: str) -> None:
    assert card(error_type, message).startswith(f"{BECAUSE} an environment may have 1,024 processes and threads at once.")


def test_a_bare_eagain_may_have_other_reasons() -> None:
    text = card(*os_error(errno.EAGAIN))
    assert "1,024" in text
    assert not text.startswith(BECAUSE)


def test_a_response_that_is_too_large_names_the_limit() -> None:
    assert "6,291,556 bytes" in failed(failures.response_too_large())


@pytest.mark.parametrize(("failure", "words"), [
    (failures.extension_crashed("id", code=3, signal=None), "ended before the environment did (exit status 3)"),
    (failures.extension_crashed("id", code=0, signal=None), "(exit code 0)"),
    (failures.extension_crashed("id", code=None, signal=9), "(signal: killed)"),
    (failures.extension_reported("id", "Extension.InitError", "x: no license"), "reported that it could not start"),
    (failures.extension_reported("id", "Extension.ExitError", "x"), "reported that it had to end"),
    (failures.extension_not_launched("id", "fork/exec /opt/extensions/otel: permission denied"), "chmod +x"),
])
def test_an_extension_that_fails_is_named(failure: failures.FunctionFailure, words: str) -> None:
    text = failed(failure, measured=Measured(extension="otel"))
    assert text.startswith(f"{BECAUSE} the extension otel ")
    assert words in text
    assert failed(failure).startswith(f"{BECAUSE} an extension ")
