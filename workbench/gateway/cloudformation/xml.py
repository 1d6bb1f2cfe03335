"""Write the answers of the query protocol: XML, computed from the service model.

Source: Smithy documentation, "AWS query protocol".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from aiohttp import web

from workbench.gateway.wire.service_model import Operation, ServiceModel, Shape
from workbench.model.engine_api import HINT_HEADER
from workbench.model.failures import ServiceError
from workbench.model.moments import universal_time

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer_of(model: ServiceModel, operation: Operation, found: Mapping[str, Any], request_id: str) -> web.Response:
    """Return an operation's answer; members that are None are absent. Raises ValueError for unknown ones."""
    result = "".join(_members(model, model.output_of(operation), found))
    wrapper = operation.output.result_wrapper if operation.output is not None else ""
    wrapped = f"<{wrapper}>{result}</{wrapper}>" if wrapper else ""
    return _response(200, f'<{operation.name}Response xmlns="{NAMESPACE}">{wrapped}<ResponseMetadata><RequestId>{request_id}'
                          f"</RequestId></ResponseMetadata></{operation.name}Response>", request_id)


def error_of(error: ServiceError, request_id: str) -> web.Response:
    """Return an error's answer; our hint follows the message, because clients show nothing else."""
    kind = "Sender" if error.status < 500 else "Receiver"
    message = f"{error.message} {error.hint}".strip()
    fields = f"<Type>{kind}</Type><Code>{_text(error.code)}</Code><Message>{_text(message)}</Message>"
    response = _response(error.status, f'<ErrorResponse xmlns="{NAMESPACE}"><Error>{fields}</Error><RequestId>{request_id}'
                                       "</RequestId></ErrorResponse>", request_id)
    if error.hint:
        response.headers[HINT_HEADER] = quote(error.hint.encode("utf-8", "replace"), safe=" ,.;:'()/=+-_<>!?`")
    return response


def _response(status: int, document: str, request_id: str) -> web.Response:
    return web.Response(status=status, body=document.encode("utf-8", "replace"), content_type="text/xml",
                        headers={"x-amzn-RequestId": request_id})


def _members(model: ServiceModel, shape: Shape, value: Mapping[str, Any]) -> Iterator[str]:
    unknown = value.keys() - shape.members.keys()
    if unknown:
        raise ValueError(f"The model has no {', '.join(sorted(unknown))}")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield _element(model, name, model.shapes[member.shape], value[name])


def _element(model: ServiceModel, name: str, shape: Shape, value: Any) -> str:
    if shape.type == "structure":
        content = "".join(_members(model, shape, value))
    elif shape.type == "list" and shape.member is not None:
        member = model.shapes[shape.member.shape]
        content = "".join(_element(model, "member", member, each) for each in value)
    elif shape.type == "timestamp":
        content = _time(value)
    elif isinstance(value, bool):
        content = str(value).lower()
    else:
        content = _text(str(value))
    return f"<{name}>{content}</{name}>" if content else f"<{name}/>"


def _time(at_ms: int) -> str:
    return universal_time(at_ms / 1000).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), {"\r": "&#13;"})
