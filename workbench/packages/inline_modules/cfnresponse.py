"""Report the result of a custom resource to CloudFormation. Inline Python functions can import it as `cfnresponse`.

Our own implementation of the interface in the CloudFormation guide, "cfn-response module". It runs in the function, so it uses
the standard library only.
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
    except Exception as error:  # as AWS's module does: the function ends normally, and CloudFormation waits for its timeout
        print("send(..) failed executing the request:", error)


def _put(url: str, body: bytes) -> int:
    parts = urllib.parse.urlsplit(url)
    connection = (HTTPConnection if parts.scheme == "http" else HTTPSConnection)(parts.netloc, timeout=30)
    try:
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        # ResponseURL is a presigned Amazon S3 URL, signed without a content type: any other value would be refused.
        connection.request("PUT", target, body, {"content-type": "", "content-length": str(len(body))})
        return connection.getresponse().status
    finally:
        connection.close()
