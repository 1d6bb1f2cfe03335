"""Finding the templates below a folder of checked-out projects."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_ENDINGS = (".yaml", ".yml", ".json", ".template")
_SKIPPED = frozenset({".git", "node_modules", ".aws-sam", ".venv", ".workbench", "__pycache__"})
_RESOURCES = re.compile(r"""^(?:Resources\s*:|\s*"Resources"\s*:)""", re.MULTILINE)
_FUNCTION = re.compile(r"""Type["']?\s*:\s*["']?AWS::(?:Serverless|Lambda)::Function\b""")
_UNRENDERED = re.compile(r"\{%|\{\{ ?cookiecutter")
_MAX_BYTES = 2_000_000


def templates_below(folder: Path) -> Iterator[Path]:
    """Files that are CloudFormation templates with a function, by their text alone: no parser's opinion counts here.

    Left out: what a template engine has yet to fill in (cookiecutter), and files beyond 2 MB.
    """
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(names):
            path = Path(parent, name)
            if name.endswith(_ENDINGS) and _is_template(path):
                yield path


def _is_template(path: Path) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            return False
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return False
    return bool(_RESOURCES.search(text) and _FUNCTION.search(text)) and not _UNRENDERED.search(text)
