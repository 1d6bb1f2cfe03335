"""Builders of workspaces on disk, for tests."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

PYTHON_RUNTIME = "python3.11"
NODE_RUNTIME = "nodejs20.x"


class WorkspaceBuilder:
    """A SAM application made function by function; `write` puts template.yaml down."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._resources: list[str] = []
        root.mkdir(parents=True, exist_ok=True)

    def function(
        self,
        name: str,
        files: Mapping[str, str],
        *,
        runtime: str = PYTHON_RUNTIME,
        handler: str = "app.handler",
        memory_mb: int = 256,
        timeout_s: int = 10,
        environment: Mapping[str, str] | None = None,
        properties: str = "",
    ) -> WorkspaceBuilder:
        """One function with its code in a folder of its name."""
        folder = self.root / name.lower()
        for relative, text in files.items():
            path = folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        lines = [
            f"  {name}:",
            "    Type: AWS::Serverless::Function",
            "    Properties:",
            f"      CodeUri: {name.lower()}/",
            f"      Handler: {handler}",
            f"      Runtime: {runtime}",
            f"      MemorySize: {memory_mb}",
            f"      Timeout: {timeout_s}",
        ]
        if environment:
            lines += ["      Environment:", "        Variables:"]
            lines += [f"          {key}: {value!r}" for key, value in environment.items()]
        if properties:
            lines.append(textwrap.indent(textwrap.dedent(properties).strip("\n"), "      "))
        self._resources.append("\n".join(lines))
        return self

    def write(self) -> Path:
        """Write template.yaml; returns the folder."""
        head = 'AWSTemplateFormatVersion: "2010-09-09"\nTransform: AWS::Serverless-2016-10-31\nResources:\n'
        (self.root / "template.yaml").write_text(head + "\n".join(self._resources) + "\n")
        return self.root


def one_function(root: Path, code: str, **options: object) -> Path:
    """A workspace with the Python function `Function` in app.py."""
    return WorkspaceBuilder(root).function("Function", {"app.py": code}, **options).write()  # type: ignore[arg-type]
