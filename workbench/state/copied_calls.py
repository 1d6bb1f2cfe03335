"""An invocation as a command that others can run: with boto3, the AWS CLI, or curl."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote, urlencode

import msgspec

from workbench.model.function_version import LATEST

LONGEST_ARGUMENT_BYTES = 100_000
"""A longer event is given to a command as its input: Linux takes 128 KiB for one argument. Source: execve(2), MAX_ARG_STRLEN."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What is invoked, where. `qualifier` is "" or `$LATEST` for the function as it is."""

    url: str
    region: str
    function_name: str
    event: str
    qualifier: str = ""

    @property
    def is_long(self) -> bool:
        """Whether the event is too long for an argument."""
        return len(self.event.encode(errors="surrogatepass")) > LONGEST_ARGUMENT_BYTES

    @property
    def is_qualified(self) -> bool:
        """Whether the qualifier says anything."""
        return self.qualifier not in ("", LATEST)


def as_boto3(call: Call) -> str:
    """Return a Python program."""
    qualifier = f"    Qualifier={call.qualifier!r},\n" if call.is_qualified else ""
    return (
        "import boto3\n\n"
        f'client = boto3.client("lambda", endpoint_url={call.url!r}, region_name={call.region!r},\n'
        '                      aws_access_key_id="any", aws_secret_access_key="any")\n'
        "response = client.invoke(\n"
        f"    FunctionName={call.function_name!r},\n{qualifier}"
        f"    Payload={call.event!r}.encode(),\n"
        ")\n"
        'print(response["Payload"].read().decode())\n')


def as_aws_cli(call: Call) -> str:
    """Return a shell command for the AWS CLI, version 2."""
    qualifier = ["--qualifier", call.qualifier] if call.is_qualified else []
    words = ["aws", "lambda", "invoke", "--endpoint-url", call.url, "--region", call.region, "--function-name",
             call.function_name, *qualifier, "--cli-binary-format", "raw-in-base64-out", "--payload",
             "file:///dev/stdin" if call.is_long else call.event, "/dev/stdout"]
    return f"AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any {_with_input(words, call)}"


def as_curl(call: Call) -> str:
    """Return a shell command for curl."""
    query = f"?{urlencode({'Qualifier': call.qualifier})}" if call.is_qualified else ""
    path = f"/2015-03-31/functions/{quote(call.function_name, safe='')}/invocations{query}"
    return _with_input(["curl", "--data-binary", "@-" if call.is_long else call.event, call.url + path], call)


def _with_input(words: Sequence[str], call: Call) -> str:
    """Return a command; with a long event as a here-document, in which no line of JSON is the word that ends it."""
    return f"{shlex.join(words)} <<'EVENT'\n{call.event}\nEVENT\n" if call.is_long else f"{shlex.join(words)}\n"


FORMS: Mapping[str, Callable[[Call], str]] = {"boto3": as_boto3, "AWS CLI": as_aws_cli, "curl": as_curl}
"""All of them, by the names that people know."""
