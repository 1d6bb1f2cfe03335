"""The API of Powertools beside this file, with hooks in the style of Lambda's guide: a client is made anew after a restore."""

import boto3
from orders_api import handler as orders
from snapshot_restore_py import register_after_restore, register_before_snapshot

client = boto3.client("s3", region_name="eu-central-1", aws_access_key_id="made at INIT", aws_secret_access_key="s")
made = ["INIT"]


@register_before_snapshot
def before_checkpoint():
    global client
    client = None
    made.append("before")


@register_after_restore
def after_restore():
    global client
    client = boto3.client("s3", region_name="eu-central-1")
    made.append("after")


def handler(event, context):
    answer = orders(event, context)
    answer["headers"] = {"made": ",".join(made), "key": client._request_signer._credentials.access_key[:4]}
    return answer
