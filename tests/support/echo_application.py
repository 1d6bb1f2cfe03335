"""A SAM application with everything around one function that answers with what it was given."""

from __future__ import annotations

from pathlib import Path

from tests.support.workspaces import WorkspaceBuilder

ECHO = """
    import os
    print("loaded")
    count = 0

    def handler(event, context):
        global count
        count += 1
        print(f"event {event}")
        if event == "fail":
            raise ValueError("as asked")
        custom = context.client_context and context.client_context.custom
        return {"event": event, "count": count, "custom": custom, "tenant": getattr(context, "tenant_id", None),
                "STAGE": os.environ.get("STAGE"), "KEY": os.environ.get("KEY"), "home": os.environ.get("WORKBENCH_STATE_HOME")}
"""
PROPERTIES = """
    DeadLetterQueue: {Type: SQS, TargetArn: "arn:aws:sqs:us-east-1:123456789012:letters"}
    EventInvokeConfig:
      DestinationConfig:
        OnSuccess: {Type: SQS, Destination: "arn:aws:sqs:us-east-1:123456789012:done"}
    FunctionUrlConfig: {AuthType: NONE}
    Environment:
      Variables: {STAGE: !Ref Stage, KEY: none}
"""


def write_application(folder: Path) -> Path:
    """Write the SAM application with the function `Echo`."""
    root = WorkspaceBuilder(folder).function("Echo", {"app.py": ECHO}, properties=PROPERTIES).write()
    template = root / "template.yaml"
    template.write_text(template.read_text() + "Parameters:\n  Stage: {Type: String, Default: dev}\n")
    return root
