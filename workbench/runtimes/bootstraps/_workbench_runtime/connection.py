"""One keep-alive HTTP/1.1 connection to the Runtime API, on the socket itself: http.client would cost 20 ms of init."""

import _socket
import sys
import time

_VERSION = "2018-06-01"
_PEER_GONE = (ConnectionError, EOFError)


class Answer:
    """What the Runtime API answered; header names are lower case."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class RuntimeApi:
    """The calls a runtime makes. Raises RuntimeError where AWS's client does, so the process ends in the same way."""

    def __init__(self, address: str) -> None:
        """`address` is host:port as in AWS_LAMBDA_RUNTIME_API."""
        host, _, port = address.rpartition(":")
        self._host = host.strip("[]")
        self._port = int(port)
        agent = f"lambda-workbench-python/{'.'.join(map(str, sys.version_info[:3]))}"
        self._common = f" HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n"
        self._socket = None
        self._rest = b""

    def next(self, headers: str) -> Answer:
        """Wait for an invocation, for ever. `headers` are extra lines, each ended by CR LF."""
        answer = self._exchange("GET", "/runtime/invocation/next", headers, None)
        if answer.status != 200:
            raise RuntimeError("Failed to get next")
        return answer

    def post_response(self, request_id: str, headers: str, body: bytes) -> None:
        """Hand over the result of an invocation."""
        answer = self._exchange("POST", f"/runtime/invocation/{request_id}/response", headers, body)
        if answer.status >= 300:
            _tell_refusal(answer)
            raise RuntimeError("Failed to post invocation response")

    def post_error(self, request_id: str, headers: str, body: bytes) -> None:
        """Hand over the error document of an invocation."""
        answer = self._exchange("POST", f"/runtime/invocation/{request_id}/error", headers, body)
        if answer.status >= 300:
            _tell_refusal(answer)
            raise RuntimeError("Failed to post invocation error")

    def post_init_error(self, headers: str, body: bytes) -> None:
        """Tell that init failed."""
        endpoint = "/runtime/init/error"
        answer = self._exchange("POST", endpoint, headers, body)
        if answer.status != 202:
            raise RuntimeError(f"Request to Lambda Runtime '{endpoint}' endpoint failed. Reason: '{answer.status}'.")

    def _exchange(self, method: str, path: str, headers: str, body: "bytes | None") -> Answer:
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        head = f"{method} /{_VERSION}{path}{self._common}{headers}{length}\r\n".encode()
        request = head + body if body else head
        reused = self._socket is not None
        try:
            return self._round_trip(request)
        except _PEER_GONE:
            self._close()
            if not reused:
                raise
            # The server closed the idle connection while the function was busy: nothing of this request was taken.
            return self._round_trip(request)

    def _round_trip(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = self._connect()
        self._socket.sendall(request)
        answer = self._read_answer()
        if answer.headers.get("connection", "").lower() == "close":
            self._close()
        return answer

    def _connect(self) -> "_socket.socket":
        family = _socket.AF_INET6 if ":" in self._host else _socket.AF_INET
        connection = _socket.socket(family, _socket.SOCK_STREAM)
        connection.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        connection.connect((self._host, self._port))
        return connection

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._rest = b""

    def _read_answer(self) -> Answer:
        while b"\r\n\r\n" not in self._rest:
            self._rest += self._receive()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        status_line, *lines = head.decode().split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        status = int(status_line.split(" ", 2)[1])
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return Answer(status, headers, self._read_chunks())
        return Answer(status, headers, self._take(int(headers.get("content-length", 0))))

    def _take(self, size: int) -> bytes:
        parts = [self._rest]
        missing = size - len(self._rest)
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        received = b"".join(parts)
        self._rest = received[size:]
        return received[:size]

    def _read_chunks(self) -> bytes:
        chunks = []
        while True:
            while b"\r\n" not in self._rest:
                self._rest += self._receive()
            size, _, self._rest = self._rest.partition(b"\r\n")
            chunk = self._take(int(size.split(b";")[0], 16) + 2)
            if len(chunk) == 2:
                return b"".join(chunks)
            chunks.append(chunk[:-2])

    def _receive(self) -> bytes:
        received = self._socket.recv(262144)
        if not received:
            raise EOFError("the Runtime API closed the connection")
        return received


def _tell_refusal(answer: Answer) -> None:
    # In the words of the C++ client inside awslambdaric, "success" for errors too: people search logs for this line.
    now_ms = int(time.time() * 1000)
    what = f"Failed to post handler success response. Http response code: {answer.status}."
    sys.stdout.write(f"[ERROR] [{now_ms}] LAMBDA_RUNTIME {what} {answer.body.decode('utf-8', 'replace')}\n")
