"""One HTTP request for a function URL, and how its answer is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from workbench.gateway.function_urls.answer import JSON, HttpAnswer
from workbench.gateway.function_urls.cors import is_about_cors
from workbench.gateway.function_urls.recording import Recording
from workbench.model.engine_api import HINT_HEADER
from workbench.model.failures import ServiceError, Throttled, WorkbenchError
from workbench.model.url_exchanges import End

_FAILED = b"Internal Server Error"


class Exchange:
    """Answers one request. `shared` are the headers that a page of another origin needs, None where CORS is not configured."""

    def __init__(self, request: web.Request, request_id: str, trace_id: str, shared: Mapping[str, str] | None) -> None:
        self.request = request
        self.request_id = request_id
        self.trace_id = trace_id
        self._shared = shared
        self.recording: Recording | None = None
        """Notes what is answered, once the request is one for the function."""

    def whole(self, answer: HttpAnswer) -> web.Response:
        """Return an answer that is sent at once."""
        headers = self._headers(answer.headers)
        if self.recording is not None:
            self.recording.begun(answer.status, headers.items(), is_streamed=False)
            self.recording.sent(answer.body)
            self.recording.ended("whole")
        return web.Response(status=answer.status, headers=headers, body=answer.body)

    async def begin(self, head: HttpAnswer) -> web.StreamResponse:
        """Send status and headers of an answer that comes in parts."""
        headers = self._headers(head.headers)
        if self.recording is not None:
            self.recording.begun(head.status, headers.items(), is_streamed=True)
        response = web.StreamResponse(status=head.status, headers=headers)
        await response.prepare(self.request)
        return response

    def sent(self, part: bytes) -> None:
        """Note that a part of an answer was sent."""
        if self.recording is not None:
            self.recording.sent(part)

    def ended(self, end: End) -> None:
        """Note how an answer that came in parts ended."""
        if self.recording is not None:
            self.recording.ended(end)

    def failed(self, why: str) -> web.Response:
        """Return the answer for a function that failed, or answered what Lambda does not understand; `why` is our sentence."""
        headers = (("Content-Type", JSON), (HINT_HEADER, _hint(why)))
        return self.whole(HttpAnswer(502, headers, _FAILED))

    def refused(self, error: WorkbenchError) -> web.Response:
        """Return the answer for a request that did not reach the function."""
        status, code = (error.status, error.code) if isinstance(error, ServiceError) else (500, "ServiceException")
        hint = ((HINT_HEADER, _hint(error.hint)),) if error.hint else ()
        headers = (("Content-Type", JSON), ("x-amzn-ErrorType", code), *hint)
        return self.whole(HttpAnswer(status, headers, msgspec.json.encode(_document(error))))

    def break_off(self) -> None:
        """End the connection in the middle of an answer: its last chunk is missing, which tells the caller.

        Raises ConnectionError, so that nothing else is sent. Source: Lambda guide, "Response streaming for Lambda functions".
        """
        self.ended("broken")
        if self.request.transport is not None:
            self.request.transport.close()  # not `abort`: what was sent before has to arrive
        raise ConnectionResetError("The function failed in the middle of its answer.")

    def _headers(self, own: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
        headers = CIMultiDict(own if self._shared is None else (each for each in own if not is_about_cors(each[0])))
        headers.extend(self._shared or {})
        headers.update({"x-amzn-RequestId": self.request_id, "X-Amzn-Trace-Id": self.trace_id})
        if self.request.keep_alive:
            headers["Connection"] = "keep-alive"
        return headers


def _document(error: WorkbenchError) -> Mapping[str, str]:
    if isinstance(error, Throttled):
        return {"Reason": error.reason, "Type": error.fault, "message": error.message}
    # What the signature's check says is spelled in lower case. Source: recorded answers of the service.
    is_signatures = isinstance(error, ServiceError) and not error.fault
    return {"message" if is_signatures else "Message": error.message}


def _hint(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe=" ,.;:'()/=+-_<>!?`")
