"""Function URLs as tests call them: at the engine's address, with the host that a browser would send."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """What came back; headers by their names in lower case, those that came twice joined by a bar."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Url(NamedTuple):
    """A function URL, called at the engine's address with its host as a browser names it."""

    engine: str
    url: str

    @property
    def host(self) -> str:
        """With the port."""
        return urlsplit(self.url).netloc

    @property
    def url_id(self) -> str:
        """Its first label."""
        return self.host.partition(".")[0]

    @property
    def for_programs(self) -> str:
        """The form that needs no name below localhost."""
        return f"{self.engine}/_url/{self.url_id}/"

    def send(self, method: str = "GET", path: str = "/", body: bytes = b"", host: str = "", **headers: str) -> Answer:
        """Send one request; names of headers have underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return sent(self.engine, method, path, {"Host": host or self.host, **named}, body)

    def answered(self, answer: Any, **headers: str) -> Answer:
        """What becomes of a function's answer."""
        return self.send(x_answer=json.dumps(answer), **headers)


def sent(engine: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """Send a request to an engine's address."""
    connection = http.client.HTTPConnection(urlsplit(engine).netloc, timeout=20)
    try:
        connection.request(method, path, body or None, dict(headers))
        response = connection.getresponse()
        names = {name.lower() for name, _ in response.getheaders()}
        return Answer(response.status, {name: "|".join(response.headers.get_all(name, [])) for name in names}, response.read())
    finally:
        connection.close()


def url_of(client: Any, name: str, **given: Any) -> Url:
    """The URL of a function of the engine that boto3 calls; `given` may name an alias."""
    return Url(client.meta.endpoint_url, client.get_function_url_config(FunctionName=name, **given)["FunctionUrl"])
