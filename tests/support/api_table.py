"""The table of operations in docs/api.md, made from the code: what exists, and what its docstring says of it.

`python -m tests.support.api_table` writes it into the page.
"""

from __future__ import annotations

import inspect
import tempfile
from pathlib import Path

from tests.support.manual import ROOT
from workbench.cli.engine_parts import build_engine
from workbench.gateway.code_downloads import CodeDownloads
from workbench.gateway.lambda_api import LambdaApi
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.gateway.wire.service_model import service_model

PAGE = ROOT / "docs" / "api.md"
BEGIN, END = "<!-- operations: made from the code -->\n", "<!-- end of the operations -->\n"


def table() -> str:
    """The table in Markdown: the operations that are served, with what is to know of them; then those that are not."""
    with tempfile.TemporaryDirectory() as folder:
        engine = build_engine(Path(folder), Path(folder))
        handlers = LambdaApi(engine, UnreadAnswers(), CodeDownloads(engine.resources)).handlers
    names = sorted(service_model().operations)
    known = {name: _what_is_to_know(inspect.getdoc(handler) or "", name) for name, handler in handlers.items()}
    rows = [f"| `{name}` | {known[name]} |\n" for name in names if name in known]
    missing = ", ".join(f"`{name}`" for name in names if name not in handlers)
    return f"| operation | to know |\n|---|---|\n{''.join(rows)}\nNot served: {missing}.\n"


def _what_is_to_know(docstring: str, name: str) -> str:
    """The docstring without its first words, which are the operation's name."""
    said = " ".join(docstring.split()).removeprefix(name).lstrip(".,: ").replace("|", "\\|")
    return said[:1].upper() + said[1:]


def written(page: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
