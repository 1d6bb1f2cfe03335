"""Requests to the listener of an environment as no runtime and no extension should send them: seeded, as raw bytes."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.request_fuzzer import RequestFuzzer
from tests.support.request_parts import FUNCTION, UUID, Fuzzed, RequestParts


class LocalRequestFuzzer(RequestParts):
    """Runtime, Extensions, Telemetry, Logs API, metadata and durable executions; the same seed makes the same requests."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, "none")
        self._framings = RequestFuzzer(seed, "none")
        self._kinds: tuple[Callable[[], Fuzzed], ...] = (
            self._runtime, self._extension, self._extension, self._telemetry, self._metadata, self._durable, self._framing,
            self._garbage, self._leaving_runtime)

    def next(self) -> Fuzzed:
        """One more."""
        return self.random.choice(self._kinds)()

    def _runtime(self) -> Fuzzed:
        request_id = self.random.choice((UUID, self.odd() or "-"))
        path = self.random.choice((f"invocation/{request_id}/response", f"invocation/{request_id}/error", "init/error",
                                   "restore/next", "invocation", f"invocation/{request_id}", self.odd()))
        name = self.random.choice((b"Lambda-Runtime-Function-Response-Mode", b"Lambda-Runtime-Function-Error-Type",
                                    b"Lambda-Runtime-Invocation-Id", b"Workbench-Init", b"Content-Type"))
        method = self.random.choice(("POST", "POST", "PUT", "DELETE", "OPTIONS"))
        return Fuzzed(what=f"Runtime API {method} {path[:30]} with {name.decode()}", data=self.request(
            method, f"/2018-06-01/runtime/{path}", self.json(), name + b": " + self.header_bytes()))

    def _extension(self) -> Fuzzed:
        path = self.random.choice(("register", "event/next", "init/error", "exit/error", self.odd()))
        name = self.random.choice((b"Lambda-Extension-Name", b"Lambda-Extension-Identifier",
                                   b"Lambda-Extension-Function-Error-Type",
                                    b"Lambda-Extension-Accept-Feature"))
        value = self.random.choice((self.header_bytes(), b"made-up", UUID.encode()))
        return Fuzzed(what=f"Extensions API {path[:30]} with {name.decode()}", data=self.request(
            self.random.choice(("POST", "GET", "PUT")), f"/2020-01-01/extension/{path}", self.json(), name + b": " + value))

    def _telemetry(self) -> Fuzzed:
        path = self.random.choice(("/2022-07-01/telemetry", "/2020-08-15/logs", "/2022-07-01/" + self.odd()))
        header = b"Lambda-Extension-Identifier: " + self.random.choice((UUID.encode(), self.header_bytes()))
        return Fuzzed(what=f"Telemetry API {path[:30]}", data=self.request(
            self.random.choice(("PUT", "POST")), path, self.json(), header))

    def _metadata(self) -> Fuzzed:
        header = b"Authorization: " + self.random.choice((self.header_bytes(), b"Bearer \x80\xff"))
        return Fuzzed(what="metadata", data=self.request(
            self.random.choice(("GET", "POST", "DELETE")), "/2026-01-15/metadata/execution-environment", b"", header,
            token=False))

    def _durable(self) -> Fuzzed:
        what = self.random.choice(("checkpoint", "state", "stop", self.odd()))
        target = f"/2025-12-01/durable-executions/{self.odd() or '-'}/{what}"
        return Fuzzed(what=f"durable {what[:30]}", data=self.request(self.random.choice(("POST", "GET")), target, self.json()))

    def _garbage(self) -> Fuzzed:
        return self._framings.garbage()

    def _framing(self) -> Fuzzed:
        fuzzed = self._framings.framing()
        target = f"/2018-06-01/runtime/invocation/{UUID}/response".encode()
        gateway = f"/2015-03-31/functions/{FUNCTION}/invocations".encode()
        return Fuzzed(what="local " + fuzzed.what, data=fuzzed.data.replace(gateway, target))

    def _leaving_runtime(self) -> Fuzzed:
        whole = self.request("POST", f"/2018-06-01/runtime/invocation/{UUID}/response", b"x" * 50_000,
                              b"Lambda-Runtime-Function-Response-Mode: streaming")
        return Fuzzed(what="a runtime that leaves", data=whole[:self.random.randint(1, len(whole))], leaves=True)
