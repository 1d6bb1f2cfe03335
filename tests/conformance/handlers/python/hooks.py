import os
import sys

from snapshot_restore_py import register_after_restore, register_before_snapshot

FAILS = os.environ.get("FAILS", "")


def at(moment):
    print("hook", moment)
    if moment == FAILS:
        raise ValueError("boom ü " + moment)
    if "exit " + moment == FAILS:
        sys.exit(3)


@register_before_snapshot
def first_before():
    at("before 1")


@register_after_restore
def first_after():
    at("after 1")


register_before_snapshot(at, "before 2")
register_after_restore(at, moment="after 2")


def handler(event, context):
    return [event, os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], first_before.__name__]
