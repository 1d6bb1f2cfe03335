"""The Lambda API as SDKs speak it (`/2015-03-31/functions…`), with one handler per operation.

Source: botocore's service model lambda/2015-03-31 and recorded answers of the service.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any, cast, get_args

import msgspec
from aiohttp import web

from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.log_tail import log_tail
from workbench.gateway.reading import MOST_DIGITS, body_of, number_in
from workbench.gateway.response_streaming import stream_response
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.model.engine_api import COLD_HEADER, REFRESH_HEADER, REQUEST_ID_HEADER, SANDBOX_HEADER
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.model.function_version import LATEST
from workbench.model.moments import universal_time

_FUNCTIONS = "/2015-03-31/functions"
_STREAMING = "/2021-11-15/functions/{name}/response-streaming-invocations"
_ARN = re.compile(
    r"(?:arn:[^:]+:lambda:(?P<region>[^:]+):)?(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[^:]+)(?::(?P<qualifier>.+))?$"
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
PAGE_SIZE = 50
MOST_ITEMS = 10_000
"""Source: Lambda API reference, ListFunctions, MaxItems."""


class LambdaApi:
    """The routes of the Lambda API, over one engine."""

    def __init__(self, engine: Engine, answers: UnreadAnswers) -> None:
        self._engine = engine
        self._answers = answers

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [
            web.post(_FUNCTIONS + "/{name}/invocations", self.invoke),
            web.post(_STREAMING, self.invoke_with_response_stream),
            web.get(_FUNCTIONS, self.list_functions),
            web.get(_FUNCTIONS + "/", self.list_functions),
            web.get(_FUNCTIONS + "/{name}", self.get_function),
            web.get(_FUNCTIONS + "/{name}/configuration", self.get_function_configuration),
        ]

    async def invoke(self, request: web.Request) -> web.StreamResponse:
        """Invoke: RequestResponse and DryRun. Event (asynchronous invocation) is not supported yet."""
        function_name = self._function_name(request)
        # The window saves and invokes with one click: its file must count even if the watch has not noticed it yet.
        if request.headers.get(REFRESH_HEADER, "").lower() == "true":
            await self._engine.refresh()
        if self._is_dry_run(request, function_name):
            return web.Response(status=204)
        outcome = await self._engine.invoke(await _invoke_request(request, function_name))
        headers = _answer_headers(outcome)
        if request.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = await log_tail(self._engine, outcome.request_id)
        return web.Response(body=outcome.result.payload, headers=headers)

    async def invoke_with_response_stream(self, request: web.Request) -> web.StreamResponse:
        """InvokeWithResponseStream: RequestResponse and DryRun. Sends the response as event-stream frames as it arrives."""
        function_name = self._function_name(request)
        if self._is_dry_run(request, function_name):
            return web.Response(status=204)
        return await stream_response(self._engine, request, await _invoke_request(request, function_name), self._answers)

    def _is_dry_run(self, request: web.Request, function_name: str) -> bool:
        """Whether the caller only wants the request checked. Raises ServiceError for other invocation types, as for Event."""
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            self._configuration(function_name)
        elif kind != "RequestResponse":
            hint = "This version of Lambda Workbench does not support asynchronous invocation (Event); use RequestResponse."
            raise ServiceError("InvalidParameterValueException", 400, f"Unsupported invocation type: {kind}", hint=hint)
        return kind == "DryRun"

    async def list_functions(self, request: web.Request) -> web.Response:
        """ListFunctions, with at most 50 functions per page."""
        functions = sorted(self._engine.functions.all(), key=lambda function: function.name)
        start = _marker(request)
        size = min(number_in(request, "MaxItems", PAGE_SIZE, least=1, most=MOST_ITEMS), PAGE_SIZE)
        page = functions[start : start + size]
        document: dict[str, Any] = {"Functions": [self._description(function) for function in page]}
        if start + size < len(functions):
            document["NextMarker"] = base64.b64encode(str(start + size).encode()).decode()
        return json_answer(document)

    async def get_function(self, request: web.Request) -> web.Response:
        """GetFunction. The code's location is a file URL, because the code is a folder on this machine."""
        function = self._configuration(self._function_name(request))
        code = {"RepositoryType": "S3", "Location": "file://" + function.code_path}
        if function.image is not None:
            code = {"RepositoryType": "ECR", "ImageUri": function.image.uri}
        return json_answer({"Configuration": self._full_description(function), "Code": code})

    async def get_function_configuration(self, request: web.Request) -> web.Response:
        """GetFunctionConfiguration."""
        return json_answer(self._full_description(self._configuration(self._function_name(request))))

    def _function_name(self, request: web.Request) -> str:
        """The function name from a name, partial ARN or full ARN.

        Raises ServiceError for a malformed name, another Region, or a qualifier other than `$LATEST`.
        """
        match = _ARN.match(request.match_info["name"])
        if match is None:
            raise ServiceError("ValidationException", 400, "1 validation error detected: the function name is malformed")
        region, own = match["region"], self._engine.settings.in_force.region
        if region and region != own:
            message = f"Functions from '{region}' are not reachable in this region ('{own}')"
            raise ServiceError("ResourceNotFoundException", 404, message)
        asked = request.query.get("Qualifier")
        if asked and match["qualifier"] and asked != match["qualifier"]:
            message = "The derived qualifier from the function name does not match the specified qualifier."
            raise ServiceError("InvalidParameterValueException", 400, message)
        qualifier = asked or match["qualifier"] or LATEST
        if qualifier != LATEST:
            message = f"Function not found: {self._engine.functions.arn(match['name'])}:{qualifier}"
            hint = f"This version of Lambda Workbench does not support versions and aliases; use {LATEST}."
            raise ServiceError("ResourceNotFoundException", 404, message, hint=hint)
        return match["name"]

    def _configuration(self, name: str) -> FunctionConfiguration:
        return self._engine.functions.require(name).configuration

    def _full_description(self, function: FunctionConfiguration) -> dict[str, Any]:
        return {**self._description(function), "State": "Active", "LastUpdateStatus": "Successful"}

    def _description(self, function: FunctionConfiguration) -> dict[str, Any]:
        revision = self._engine.functions.get(function.name)
        assert revision is not None
        arn = self._engine.functions.arn(function.name)
        _, partition, _, _, account, *_ = arn.split(":")
        description: dict[str, Any] = {
            "FunctionName": function.name,
            "FunctionArn": arn,
            "Role": f"arn:{partition}:iam::{account}:role/workbench",
            "CodeSize": revision.code_size_bytes,
            "Description": function.description,
            "Timeout": function.timeout_s,
            "MemorySize": function.memory_mb,
            "LastModified": _last_modified(revision.modified_ns),
            "CodeSha256": base64.b64encode(bytes.fromhex(revision.code_fingerprint)).decode(),
            "Version": function.version,
            "TracingConfig": {"Mode": "PassThrough"},
            **_code_kind(function),
            "Architectures": [function.architecture],
            "EphemeralStorage": {"Size": function.ephemeral_storage_mb},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "LoggingConfig": _logging_config(function),
        }
        if function.durable is not None:
            durable = function.durable
            description["DurableConfig"] = {
                "ExecutionTimeout": durable.execution_timeout_s, "RetentionPeriodInDays": durable.retention_days}
        if function.environment:
            description["Environment"] = {"Variables": dict(function.environment)}
        return description


def _code_kind(function: FunctionConfiguration) -> dict[str, Any]:
    if function.image is None:
        return {"PackageType": "Zip", "Runtime": function.runtime, "Handler": function.handler}
    image = function.image
    config = {"EntryPoint": list(image.entry_point), "Command": list(image.command), "WorkingDirectory": image.working_directory}
    given = {name: value for name, value in config.items() if value}
    return {"PackageType": "Image", "ImageConfigResponse": {"ImageConfig": given}}


def _logging_config(function: FunctionConfiguration) -> dict[str, str]:
    logging = function.logging
    config = {"LogFormat": logging.format, "LogGroup": logging.group or f"/aws/lambda/{function.name}"}
    if logging.format == "JSON":
        config |= {"ApplicationLogLevel": logging.application_level, "SystemLogLevel": logging.system_level}
    return config


async def _invoke_request(request: web.Request, function_name: str) -> InvokeRequest:
    asked = request.headers.get(SANDBOX_HEADER, "")
    if asked not in ("", *get_args(SandboxKind)):
        known = " or ".join(get_args(SandboxKind))
        raise ServiceError("InvalidParameterValueException", 400, f"{SANDBOX_HEADER} is {known}, not {asked!r}.")
    request_id = request.headers.get(REQUEST_ID_HEADER, "").lower()
    if request_id and not _UUID.match(request_id):
        raise ServiceError("InvalidParameterValueException", 400, f"{REQUEST_ID_HEADER} is not a UUID.")
    sandbox: SandboxKind | None = cast("SandboxKind", asked) if asked else None
    return InvokeRequest(
        function_name=function_name,
        payload=await body_of(request),
        request_id=request_id,
        sandbox=sandbox,
        cold=request.headers.get(COLD_HEADER, "").lower() == "true",
        client_context=_client_context(request.headers.get("X-Amz-Client-Context", "")),
        trace_id=_header_text(request.headers.get("X-Amzn-Trace-Id", "")),
        durable_name=_durable_name(request.headers.get("X-Amz-Durable-Execution-Name", "")),
    )


def _durable_name(given: str) -> str:
    """The name if it is valid, "" for none. Raises ServiceError. Source: Lambda API reference, Invoke, DurableExecutionName."""
    if given and not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", given):
        message = f"Value '{given}' at 'durableExecutionName' failed to satisfy constraint: [a-zA-Z0-9-_]+, at most 64 characters"
        raise ServiceError("ValidationException", 400, f"1 validation error detected: {message}")
    return given


def _client_context(encoded: str) -> str:
    """The decoded JSON text, "" for none. Source: Invoke API, X-Amz-Client-Context (base64, at most 3,583 bytes)."""
    if not encoded:
        return ""
    try:
        decoded = base64.b64decode(encoded, validate=True)
        return json.dumps(msgspec.json.decode(decoded))  # json.dumps escapes non-ASCII: the text becomes a Runtime API header
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        message = "Client context must be a valid Base64-encoded JSON object."
        raise ServiceError("InvalidRequestContentException", 400, message) from error


def _header_text(value: str) -> str:
    # The trace ID goes into a header of the Runtime API: a line break in it would add headers of the caller's choice there.
    return "".join(character for character in value if " " <= character <= "~")[:1024]


def _answer_headers(outcome: InvokeOutcome) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "x-amzn-RequestId": outcome.request_id,
        "X-Amz-Executed-Version": LATEST,
        "X-Amzn-Trace-Id": outcome.trace_id,
        "x-amzn-Remapped-Content-Length": "0",
    }
    if outcome.durable_arn:
        headers["X-Amz-Durable-Execution-Arn"] = outcome.durable_arn
    if outcome.result.function_error:
        headers["X-Amz-Function-Error"] = outcome.result.function_error
    return headers


def _marker(request: web.Request) -> int:
    try:
        decoded = base64.b64decode(request.query.get("Marker", "MA=="), validate=True)
    except ValueError:
        decoded = b""
    if not decoded.isdigit() or len(decoded) > MOST_DIGITS:
        raise ServiceError("InvalidParameterValueException", 400, "The pagination marker is invalid.")
    return int(decoded)


def _last_modified(mtime_ns: int) -> str:
    return universal_time(mtime_ns / 1e9).strftime("%Y-%m-%dT%H:%M:%S.") + f"{mtime_ns // 1_000_000 % 1000:03d}+0000"
