"""The context object a handler gets (Lambda guide, "Lambda context object in Python"; names and texts as awslambdaric 4.2)."""

import os
import sys
import time

_W3C_FIELDS = ("traceparent", "tracestate", "baggage")


class _Described:
    __slots__ = ()

    def __repr__(self) -> str:
        members = ",".join(f"{name}={getattr(self, name)}" for name in self.__slots__)
        return f"{type(self).__name__}([{members}])"

    @classmethod
    def made_from(cls, fields: "dict | None") -> "_Described | None":
        if fields is None:
            return None
        made = cls()
        for name in cls.__slots__:
            setattr(made, name, fields.get(name))
        return made


class CognitoIdentity(_Described):
    """Who called, from Amazon Cognito; both fields are None for other callers."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Described):
    """The mobile application that called."""

    __slots__ = (  # noqa: RUF023 (they show in this order)
        "installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name",
    )


class ClientContext(_Described):
    """What the caller sent as client context."""

    __slots__ = ("custom", "env", "client")  # noqa: RUF023 (they show in this order)


class LambdaContext:
    """Facts on the invocation, the function and the environment."""

    def __init__(self, headers: dict, client_context: "dict | None", cognito_identity: "dict | None") -> None:
        """`headers` are those of the Runtime API's answer, names in lower case."""
        environ = os.environ.get
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.log_group_name = environ("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environ("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environ("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn") or None
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id") or None
        self._w3c_fields = _taken_w3c(client_context)
        self.client_context = ClientContext.made_from(client_context)
        if self.client_context is not None:
            self.client_context.client = Client.made_from(self.client_context.client)
        self.identity = _identity(cognito_identity)
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms") or 0)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left until the invocation times out, never negative."""
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def w3c(self) -> dict:
        """The W3C trace context the caller sent inside the client context."""
        return dict(self._w3c_fields)

    def log(self, msg: object) -> None:
        """Write `msg` to the function's log as it is, without a line end."""
        logging = sys.modules.get("logging")
        for handler in logging.getLogger().handlers if logging else ():
            if hasattr(handler, "log_sink"):
                handler.log_sink.log(str(msg))
                return
        sys.stdout.write(str(msg))

    def __repr__(self) -> str:
        shown = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return f"LambdaContext([{','.join(f'{name}={getattr(self, name)}' for name in shown)}])"


def _identity(sent: "dict | None") -> CognitoIdentity:
    identity = CognitoIdentity.made_from({})
    if sent is not None:
        identity.cognito_identity_id = sent.get("cognitoIdentityId")
        identity.cognito_identity_pool_id = sent.get("cognitoIdentityPoolId")
    return identity


def _taken_w3c(client_context: object) -> dict:
    """Take the trace context out of the client context: handlers do not see it there."""
    sent = client_context.pop("w3c", None) if isinstance(client_context, dict) else None
    if not isinstance(sent, dict):
        return {}
    return {name: sent[name] for name in _W3C_FIELDS if isinstance(sent.get(name), str)}
