"""Tells CloudFormation how a custom resource went: what inline Python functions find under this name.

Our own, with the interface of the CloudFormation guide, "cfn-response module". Standard library only: it runs in the function.
"""

import json
import urllib.parse
from http.client import HTTPConnection, HTTPSConnection

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event: "dict[str, str]", context: object, responseStatus: str, responseData: object,
         physicalResourceId: "str | None" = None, noEcho: bool = False, reason: "str | None" = None) -> None:
    """PUT the response to the event's ResponseURL. A failure is printed and not raised."""
    stream = getattr(context, "log_stream_name", "")
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {stream}",
        "PhysicalResourceId": physicalResourceId or stream,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }).encode()
    print("Response body:", body.decode())
    try:
        print("Status code:", _put(event["ResponseURL"], body))
    except Exception as error:
        print("send(..) failed executing the request:", error)


def _put(url: str, body: bytes) -> int:
    parts = urllib.parse.urlsplit(url)
    connection = (HTTPConnection if parts.scheme == "http" else HTTPSConnection)(parts.netloc, timeout=30)
    try:
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        # A signed address of Amazon S3 was signed without a content type.
        connection.request("PUT", target, body, {"content-type": "", "content-length": str(len(body))})
        return connection.getresponse().status
    finally:
        connection.close()
