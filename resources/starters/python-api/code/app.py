"""Answers HTTP requests that come through an HTTP API or a function URL (payload format 2.0).

Try:    GET /...?name=World             -> 200 {"message": "Hello, World!"}
        POST with {"name": "World"}     -> 200 {"message": "Hello, World!"}
        POST with a broken body         -> 400 {"error": "..."}
        any other method                -> 405 {"error": "..."}
"""

import base64
import json


def handler(event, context):
    """Route the request by its method and return the response as Lambda's HTTP integrations expect it."""
    method = event["requestContext"]["http"]["method"]
    if method == "GET":
        return greet((event.get("queryStringParameters") or {}).get("name"))
    if method == "POST":
        return post(event)
    return respond(405, {"error": f"{method} is not supported here"}, {"allow": "GET, POST"})


def post(event):
    """Read the name from the JSON body."""
    try:
        body = json.loads(body_of(event))
    except ValueError as error:
        return respond(400, {"error": f"The body is not JSON: {error}"})
    if not isinstance(body, dict):
        return respond(400, {"error": "The body must be a JSON object"})
    return greet(body.get("name"))


def body_of(event):
    """The body as text; binary media types arrive in Base64."""
    body = event.get("body") or ""
    return base64.b64decode(body).decode() if event.get("isBase64Encoded") else body


def greet(name):
    """The greeting itself."""
    return respond(200, {"message": f"Hello, {name or 'World'}!"})


def respond(status, document, headers=None):
    """A JSON response."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": json.dumps(document),
    }
