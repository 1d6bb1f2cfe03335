"""The functions of the engine that these tests share, and where their dead letters go."""

from __future__ import annotations

from tests.support.api_clients import ACCOUNT, REGION

CHANGES_NOTHING = """\
import os

def handler(event, context):
    if "fail" in event:
        raise ValueError(event["fail"])
    return os.environ["_X_AMZN_TRACE_ID"] if "trace" in event else {"seen": event}
"""
LOOP = """\
import json, os
import boto3

client = boto3.client("lambda")

def handler(event, context):
    print("turn", event["turn"], os.environ["AWS_ENDPOINT_URL"])
    again = json.dumps({"turn": event["turn"] + 1})
    client.invoke(FunctionName=context.function_name, InvocationType="Event", Payload=again)
"""
LETTERS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:letters"
FIFO = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters.fifo"
"""Lambda sends nothing to a FIFO queue: the inbox gets it."""
