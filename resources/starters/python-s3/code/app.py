"""Handles event notifications of an S3 bucket.

Event:  {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {...}, "object": {...}}}]}
Result: {"objects": [{"bucket": "...", "key": "...", "size": 123}], "bytes": 123}

Keys arrive URL-encoded ("my+first+photo.jpg"): decode them before you use them. To read the object, create a boto3 client
outside the handler and call s3.get_object(Bucket=bucket, Key=key) in it; the function then needs the permission to read.
"""

import logging
from urllib.parse import unquote_plus

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handler(event, context):
    """List the objects that were created and add up their sizes."""
    created = [record for record in event.get("Records", []) if record["eventName"].startswith("ObjectCreated:")]
    objects = [describe(record) for record in created]
    for entry in objects:
        logger.info("s3://%s/%s has %d bytes", entry["bucket"], entry["key"], entry["size"])
    return {"objects": objects, "bytes": sum(entry["size"] for entry in objects)}


def describe(record):
    """Bucket, decoded key and size of one record."""
    s3 = record["s3"]
    return {
        "bucket": s3["bucket"]["name"],
        "key": unquote_plus(s3["object"]["key"]),
        "size": s3["object"].get("size", 0),
    }
