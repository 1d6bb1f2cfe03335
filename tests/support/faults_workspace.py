"""The functions that faults happen to: they do what their event says, and answer with the number in it."""

from __future__ import annotations

from pathlib import Path

from tests.support.extensions import HEAD, LOYAL
from tests.support.workspaces import WorkspaceBuilder

MARKER = "FAULTS_RUN"
"""The variable by which every process of these functions is known on this machine."""
FUNCTIONS = ("Alpha", "Beta", "Guarded")
GUARDED = "Guarded"
"""The one with an extension."""
EXTENSION = "loyal"

_CODE = """
    import os, time

    def say(text):
        try:
            os.write(1, (text + "\\n").encode())
        except OSError:
            pass  # stdout was closed by a request before

    def nothing(event):
        pass

    def sleep(event):
        time.sleep(event["s"])

    def kill(event):
        os.kill(os.getpid(), event["signal"])
        time.sleep(5)

    def leave(event):
        os._exit(event["code"])

    def fill_tmp(event):
        path = os.path.join(os.environ.get("TMPDIR", "/tmp"), "fill")
        try:
            with open(path, "wb", buffering=0) as file:
                for _ in range(event["mb"]):
                    file.write(bytes(2**20))
        except OSError as error:
            say(f"full {error.errno}")

    def fork(event):
        for _ in range(event["processes"]):
            try:
                if os.fork() == 0:
                    time.sleep(600)
                    os._exit(0)
            except OSError as error:
                say(f"no more {error.errno}")
                break

    def run_away(event):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        os.wait()

    def lines(event):
        text = "".join(f"line {number}\\n" for number in range(event["count"])).encode()
        while text:
            text = text[os.write(1, text):]

    def long_line(event):
        text = b"x" * event["size"] + b"\\n"
        while text:
            text = text[os.write(1, text):]

    def close_output(event):
        os.close(1)
        os.close(2)

    def eat(event):
        kept = []
        while True:
            kept.append(bytearray(b"x") * 50_000_000)

    def handler(event, context):
        say(f"began {event['n']}")
        globals()[event.get("do", "nothing")](event)
        return event["n"]
"""


def faults_workspace(root: Path, marker: str, *, memory_mb: int = 1024) -> Path:
    """Three functions, one of them with an extension in a layer. /tmp has Lambda's 512 MB, so the memory is more than that."""
    builder = WorkspaceBuilder(root)
    for name in FUNCTIONS:
        layers = "Layers:\n  - !Ref Extensions\n" if name == GUARDED else ""
        builder.function(name, {"app.py": _CODE}, memory_mb=memory_mb, timeout_s=60, environment={MARKER: marker},
                         properties=layers)
    workspace = builder.write()
    with (workspace / "template.yaml").open("a") as template:
        template.write("  Extensions:\n    Type: AWS::Serverless::LayerVersion\n    Properties:\n      ContentUri: opt/\n")
    script = workspace / "opt" / "extensions" / EXTENSION
    script.parent.mkdir(parents=True)
    script.write_text(HEAD + LOYAL)
    script.chmod(0o755)
    return workspace
