"""template.yaml as text that can be edited in place: what an edit does not concern stays as it is, byte for byte."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from workbench.model.failures import WorkspaceError
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.atomic_file import write_atomically
from workbench.workspace.json_composer import compose_json
from workbench.workspace.repeated_keys import repeated_keys
from workbench.workspace.yaml_composer import compose
from workbench.workspace.yaml_errors import broken
from workbench.workspace.yaml_nodes import Mapping, Node, Scalar
from workbench.workspace.yaml_values import plain_value

_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class TemplateView(Protocol):
    """What reading needs from a template, as written (`Template`) or with loops and snippets expanded (`ExpandedTemplate`)."""

    @property
    def path(self) -> Path:
        """The template's file."""

    @property
    def data(self) -> dict[str, Any]:
        """The whole template as plain data."""

    def section(self, name: str) -> dict[str, Any]:
        """Return a top-level section as plain data; {} if it is missing or empty."""


class Template:
    """One state of a template's text and what it means. Immutable: an edit creates a new one, `save` writes it.

    `data` is the template as plain data (intrinsics in long form; do not change it in place), `root` its nodes with their
    positions, `warnings` are sentences on what is written but has no effect.
    """

    def __init__(self, path: Path, text: str, *, bom: bytes = b"") -> None:
        """Parse the text. Raises WorkspaceError with file, line, column, reason and advice if it is broken."""
        self.path = path
        self.text = text
        self.bom = bom
        # JSON first, as in the SAM CLI: YAML readers refuse some of it (see `json_composer`).
        as_json = compose_json(text)
        self.is_json = as_json is not None
        self.root = _top_level(as_json or compose(text, path), path)
        self.data: dict[str, Any] = plain_value(self.root)
        self.warnings = repeated_keys(self.root, path.name)
        self._check_sections()

    @classmethod
    def load(cls, path: Path) -> Template:
        """Read the file: UTF-8, or UTF-16 with a byte order mark. Raises WorkspaceError if it cannot be used. Blocks."""
        try:
            content = read_bounded(path)
        except OSError as error:
            raise WorkspaceError(f"{path.name} could not be read: {error.strerror or error}.",
                                 "Check that the file exists and that you are allowed to read it.") from error
        return cls.parse(path, content)

    @classmethod
    def parse(cls, path: Path, content: bytes) -> Template:
        """Parse the bytes of a template's file. Raises WorkspaceError if it is broken."""
        bom = next((mark for mark in _BOMS if content.startswith(mark)), b"")
        try:
            text = content.removeprefix(bom).decode(_BOMS.get(bom, "utf-8"))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start)
            raise broken(path, line, 0, "the text is not UTF-8", "Save the file as UTF-8.") from error
        return cls(path, text, bom=bom)

    def with_text(self, text: str) -> Template:
        """Parse another text for the same file. Raises WorkspaceError if it is broken."""
        return Template(self.path, text, bom=self.bom)

    def save(self, write: Callable[[Path, bytes], None] = write_atomically) -> None:
        """Write the text to the file atomically. Raises WorkspaceError, and then the file is unchanged. Blocks."""
        write(self.path, self.bom + self.text.encode(_BOMS.get(self.bom, "utf-8")))

    @property
    def line_end(self) -> str:
        """The line end for new lines: the one that is more frequent in the file."""
        return "\r\n" if self.text.count("\r\n") * 2 > self.text.count("\n") else "\n"

    @property
    def indent_step(self) -> int:
        """The number of columns per level of indentation, as in the Resources section, else 2."""
        resources = self.root.get("Resources")
        if isinstance(resources, Mapping) and resources.pairs and not resources.flow:
            return max(resources.pairs[0].key.column, 1)
        return 2

    def section(self, name: str) -> dict[str, Any]:
        """Return a top-level section as plain data; {} if it is missing or empty."""
        return self.data.get(name) or {}

    def _check_sections(self) -> None:
        for name in ("Resources", "Parameters", "Globals", "Mappings", "Conditions", "Outputs"):
            pair = self.root.pair(name)
            if pair and self.data[name] is not None and not isinstance(self.data[name], dict):
                raise broken(self.path, pair.key.line, pair.key.column, f"the section {name} must hold key: value pairs",
                             "Indent its entries below it.")


def _top_level(root: Node, path: Path) -> Mapping:
    if isinstance(root, Scalar) and not root.value:
        return Mapping(0, 0, 0, 0)
    if not isinstance(root, Mapping):
        raise broken(path, root.line, root.column, "the file is not a CloudFormation template",
                     "Its top level must be sections such as Resources:.")
    return root
