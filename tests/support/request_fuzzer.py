"""Requests as nobody should send them: seeded, as raw bytes, to all HTTP APIs of an engine."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from tests.support.request_parts import FUNCTION, UUID, Fuzzed, RequestParts

_BOMB = gzip.compress(b" " * 20_000_000)


class RequestFuzzer(RequestParts):
    """Requests to the engine's own address; the same seed makes the same ones."""

    def __init__(self, seed: int, token: str) -> None:
        super().__init__(seed, token)
        self._token = token
        self._kinds: tuple[Callable[[], Fuzzed], ...] = (
            self._listing, self._function, self._invoke, self._invoke, self._stream_invoke, self._workbench_query,
            self._workbench_query, self._workbench_body, self._token_bytes, self._path, self.framing, self._headers,
            self._leaving, self._upgrade, self.garbage, self._compressed)

    def next(self) -> Fuzzed:
        """One more."""
        return self.random.choice(self._kinds)()

    def _listing(self) -> Fuzzed:
        query = f"MaxItems={self.odd()}&Marker={self.odd()}&MasterRegion={self.odd()}&FunctionVersion={self.odd()}"
        return Fuzzed(what="ListFunctions", data=self.request("GET", f"/2015-03-31/functions?{query}"))

    def _function(self) -> Fuzzed:
        end = self.random.choice(("", "/configuration", "/x", "//", "/invocations"))
        target = f"/2015-03-31/functions/{self.odd() or '%20'}{end}?Qualifier={self.odd()}"
        return Fuzzed(what="GetFunction", data=self.request(self.method(), target))

    def _invoke(self) -> Fuzzed:
        name = self.random.choice((b"X-Amz-Client-Context", b"X-Amz-Invocation-Type", b"X-Amz-Log-Type", b"X-Amzn-Trace-Id",
                                    b"X-Workbench-Request-Id", b"X-Workbench-Sandbox", b"X-Workbench-Cold", b"Content-Type",
                                    b"X-Amz-Durable-Execution-Name", b"Content-Encoding", b"Expect", b"Accept-Encoding"))
        target = f"/2015-03-31/functions/{self.random.choice((FUNCTION, self.odd() or '-'))}/invocations"
        request = self.request("POST", target, self.json(), name + b": " + self.header_bytes())
        return Fuzzed(what=f"Invoke with {name.decode()}", data=request)

    def _stream_invoke(self) -> Fuzzed:
        target = f"/2021-11-15/functions/{self.random.choice((FUNCTION, self.odd() or '-'))}/response-streaming-invocations"
        return Fuzzed(what="InvokeWithResponseStream", data=self.request(
            "POST", target, self.json(), b"X-Amz-Client-Context: " + self.header_bytes()))

    def _workbench_query(self) -> Fuzzed:
        method, path = self.random.choice((
            ("GET", "events?since={}&limit={}"), ("GET", "events?requestId={}&x={}"), ("GET", "invocations/{}?{}"),
            ("DELETE", "invocations/{}?{}"), ("PUT", "provisioned/{}?count={}"), ("PUT", "provisioned/Target?count={}&count={}"),
            ("DELETE", "environments?environmentId={}&functionName=-{}"), ("GET", "stream?since={}&{}"), ("DELETE",
            "debug/{}?{}"),
            ("GET", "values?{}={}"), ("POST", "events?{}={}"), ("GET", "health?{}={}"), ("PUT", "environments?{}={}"),
        ))
        odd = [self.odd() or "-", self.odd()]
        if path.startswith("provisioned/Target"):
            odd = [part for part in odd if not part.isascii() or not part.isdecimal() or int(part[:9]) > 100] + ["x", "x"]
        return Fuzzed(what=f"{method} /_workbench/{path}", data=self.request(method, "/_workbench/" + path.format(*odd[:2])))

    def _workbench_body(self) -> Fuzzed:
        method, path = self.random.choice((
            ("PUT", "settings"), ("PUT", "settings"), ("PUT", "values"), ("PUT", "debug/nobody"), ("PUT", "trust"),
            ("PUT", "debug/%F0%9F%98%80"),
            ("POST", "refresh"),
        ))
        return Fuzzed(what=f"{method} /_workbench/{path[:40]}", data=self.request(method, f"/_workbench/{path}", self.json()))

    def _token_bytes(self) -> Fuzzed:
        value = self.random.choice((b"\x80\xff", b"\xc3\x28", "é".encode(), b"", b"Bearer " + self.bytes_(20), b"Basic eDp5",
                                     b"Bearer " + self.token.encode()[:-1]))
        header = b"Authorization: " + value.translate(None, b"\r\n\x00")
        return Fuzzed(what="a wrong token", data=self.request("GET", "/_workbench/health", b"", header, token=False))

    def _path(self) -> Fuzzed:
        target = self.random.choice((
            "*", "//", "/..", "/../../etc/passwd", "/%2e%2e/", "/_workbench/%2e%2e/health", "/\\", "/%", "/%zz",
            "http://example.com/",
            "http://[::1", "/?" + "a=b&" * 2_000, "/#x", "/;x", "/2015-03-31/functions/%2F/invocations",
            "/_workbench//health", "é",
            "/\x7f", "/" + self.odd(), "/_workbench/" + self.odd(), "/2015-03-31/" + self.odd(), "/_workbench/%68ealth",
            "127.0.0.1:80",
            "/2015-03-31/functions/a/b/c", "/2020-05-31/functions", "/2015-03-31/functions/" + "a" * 7_000,
        ))
        return Fuzzed(what=f"path {target[:30]}", data=self.request(self.method(), target))

    def framing(self) -> Fuzzed:
        """A body that is announced wrongly, headers that are none."""
        name, lines = self.random.choice((
            ("two lengths", b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            ("two equal lengths", b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
            ("length and chunks", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("a negative length", b"Content-Length: -5\r\n\r\nhello"), ("no number", b"Content-Length: x\r\n\r\nhello"),
            ("a length of 5,000 digits", b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\nhello"),
            ("an odd chunk size", b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"),
            ("a chunk size of 5,000 digits", b"Transfer-Encoding: chunked\r\n\r\n" + b"9" * 5_000 + b"\r\nhello\r\n0\r\n\r\n"),
            ("a chunk without its end", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n"),
            ("chunks with a trailer", b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n"),
            ("an unknown encoding", b"Transfer-Encoding: rot13\r\n\r\nhello"),
            ("a header without a colon", b"no colon here\r\n\r\n"), ("a folded header",
            b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
            ("a header without a name", b": x\r\n\r\n"), ("NUL in a header", b"X: a\x00b\r\n\r\n"),
            ("spaces in a name", b"X Y : a\r\n\r\n"), ("bare CR", b"X: a\rb\r\n\r\n"),
        ))
        head = f"POST /2015-03-31/functions/{FUNCTION}/invocations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".encode()
        return Fuzzed(what=f"framing: {name}", data=head + lines)

    def _headers(self) -> Fuzzed:
        lines = self.random.choice((
            [b"X: " + b"a" * 70_000], [b"X-%d: y" % number for number in range(500)], [b"a" * 70_000 + b": x"],
            [b"Host: evil.example"], [b"Host: "], [b"Origin: http://evil.example"], [b"Sec-Fetch-Site: cross-site"],
            [b"Cookie: " + self.header_bytes()], [b"Content-Type: " + self.header_bytes()], [b"Range: bytes=-" + b"9" * 100],
            [b"If-Modified-Since: x"], [b"Accept: " + self.header_bytes()], [b"Expect: 100-continue"], [b"Expect: nonsense"],
            [b"Content-Type: multipart/form-data"], [b"Content-Type: text/plain; charset=nonsense"],
        ))
        target = self.random.choice(("/2015-03-31/functions", "/_workbench/health", f"/2015-03-31/functions/{FUNCTION}"))
        return Fuzzed(what=f"header {lines[0][:30]!r}", data=self.request("GET", target, b"", *lines))

    def _leaving(self) -> Fuzzed:
        whole = self.random.choice((
            self.request("POST", f"/2015-03-31/functions/{FUNCTION}/invocations", b'{"a":1}'),
            self.request("POST", f"/2021-11-15/functions/{FUNCTION}/response-streaming-invocations", b'{"a":1}'),
            self.request("GET", "/_workbench/events?since=0"), self.request("PUT", "/_workbench/settings", b"{}" + b" " * 50_000),
            self.request("GET", f"/_workbench/invocations/{UUID}"), self.request("GET", "/2015-03-31/functions"),
        ))
        return Fuzzed(what="a client that leaves", data=whole[:self.random.randint(1, len(whole))], leaves=True)

    def _upgrade(self) -> Fuzzed:
        lines = [b"Upgrade: " + self.random.choice((b"websocket", b"h2c", b"x")),
                 b"Sec-WebSocket-Version: " + self.random.choice((b"13", b"8", b"x", b"")),
                 b"Sec-WebSocket-Key: " + self.random.choice((b"dGhlIHNhbXBsZSBub25jZQ==", b"x", b"", b"\xff"))]
        request = self.request("GET", f"/_workbench/stream?since={self.odd()}", b"", *lines)
        request = request.replace(b"Connection: close", b"Connection: Upgrade")
        return Fuzzed(what="an upgrade", data=request + self.bytes_(200), leaves=self.random.random() < 0.5)

    def garbage(self) -> Fuzzed:
        """Hardly HTTP, or not at all."""
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"  # of TLS
        data = self.random.choice((
            hello + self.bytes_(100) + b"\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET\r\n\r\n",
                b"GET / HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n", b"GET  /  HTTP/1.1\r\n\r\n", self.bytes_(500) + b"x\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n",
            b"\x00" * 50 + b"\r\n\r\n", b"A" * 20_000 + b"\r\n\r\n",
            self.mutated(self.request("GET", "/_workbench/health")) + b"\r\n\r\n",
        ))
        return Fuzzed(what=f"garbage {data[:20]!r}", data=data)

    def _compressed(self) -> Fuzzed:
        body = self.random.choice((
            gzip.compress(b"{}")[:-5], gzip.compress(b"{}")[:3], b"\x1f\x8b" + self.bytes_(50), b"not gzip", gzip.compress(b"{}"),
            _BOMB, self.bytes_(100), b"",
        ))
        encoding = self.random.choice((b"gzip", b"deflate", b"br", b"zstd", b"gzip, gzip", b"x"))
        target = self.random.choice((f"/2015-03-31/functions/{FUNCTION}/invocations", "/_workbench/settings",
            "/_workbench/values", "/_workbench/api-state"))
        method = "POST" if "invocations" in target else "PUT"
        return Fuzzed(what=f"a {encoding.decode()} body of {len(body)} bytes for {target}", data=self.request(
            method, target, body, b"Content-Encoding: " + encoding))
