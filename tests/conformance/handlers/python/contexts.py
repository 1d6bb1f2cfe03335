"""Tells all about its context."""

import os
import sys


def handler(event, context):
    shown = {name: getattr(context, name) for name in sorted(vars(context)) if name not in ("client_context", "identity")}
    client = context.client_context
    return {
        **shown,
        "identity": [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id],
        "client": client and [client.custom, client.env, repr(client.client)],
        "repr": repr(context),
        "w3c": context.w3c(),
        "remaining": type(context.get_remaining_time_in_millis()).__name__,
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "cwd_first": sys.path[0] == os.getcwd(),
        "type": type(context).__name__,
    }


def late(event, context):
    return context.get_remaining_time_in_millis()
