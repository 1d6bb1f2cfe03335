"""Text that is no Unicode, where people put it by accident: file names of another encoding, cut emoji."""

import logging

logger = logging.getLogger()


def handler(event, context):
    if event == "log":
        logger.error("bad %s", "\udcff")
    elif event.startswith("print"):
        print("bad", {"print": "\udcff", "print-high": "\ud83d"}[event])
    elif event == "context":
        context.log("bad \udcff")
    elif event == "raise":
        raise ValueError("bad \udcff")
    elif event == "return":
        return {"bad": "\udcff"}
    return "fine"
