"""The language a file is written in, and what the editor needs to know about it."""

from __future__ import annotations

from pathlib import PurePath

from workbench.model.value import Value


class Language(Value):
    """A language: the alias of its Pygments lexer, one level of indentation, and how a line becomes a comment."""

    name: str
    lexer: str
    indent: str = "    "
    comment: str = ""
    """The prefix of a comment line; "" if the language has none."""
    colon_opens_block: bool = False


TEXT = Language("Text", "text")
PYTHON = Language("Python", "python", comment="#", colon_opens_block=True)
JSON = Language("JSON", "json", indent="  ")
_JAVASCRIPT = Language("JavaScript", "javascript", indent="  ", comment="//")
_TYPESCRIPT = Language("TypeScript", "typescript", indent="  ", comment="//")
_YAML = Language("YAML", "yaml", indent="  ", comment="#")
_SHELL = Language("Shell", "bash", comment="#")

_BY_SUFFIX = {
    ".py": PYTHON, ".pyi": PYTHON, ".pyw": PYTHON,
    ".js": _JAVASCRIPT, ".mjs": _JAVASCRIPT, ".cjs": _JAVASCRIPT, ".jsx": _JAVASCRIPT,
    ".ts": _TYPESCRIPT, ".mts": _TYPESCRIPT, ".cts": _TYPESCRIPT, ".tsx": _TYPESCRIPT,
    ".json": JSON, ".expect": JSON, ".yaml": _YAML, ".yml": _YAML, ".sh": _SHELL, ".bash": _SHELL,
    ".rb": Language("Ruby", "ruby", indent="  ", comment="#"),
    ".go": Language("Go", "go", indent="\t", comment="//"),
    ".java": Language("Java", "java", comment="//"),
    ".kt": Language("Kotlin", "kotlin", comment="//"),
    ".cs": Language("C#", "csharp", comment="//"),
    ".rs": Language("Rust", "rust", comment="//"),
    ".ps1": Language("PowerShell", "powershell", comment="#"),
    ".toml": Language("TOML", "toml", comment="#"),
    ".ini": Language("INI", "ini", comment=";"), ".cfg": Language("INI", "ini", comment="#"),
    ".sql": Language("SQL", "sql", comment="--"),
    ".xml": Language("XML", "xml", indent="  "), ".html": Language("HTML", "html", indent="  "),
    ".css": Language("CSS", "css", indent="  "), ".md": Language("Markdown", "markdown", indent="  "),
}

_BY_NAME = {
    "dockerfile": Language("Dockerfile", "docker", comment="#"),
    "makefile": Language("Makefile", "text", indent="\t", comment="#"),
    "bootstrap": _SHELL,
    "requirements.txt": Language("Requirements", "text", comment="#"),
}


def language_of(file_name: str) -> Language:
    """Return the language of a file, judged by its name alone; plain text if the name is not known."""
    path = PurePath(file_name.replace("\\", "/"))
    return _BY_NAME.get(path.name.lower()) or _BY_SUFFIX.get(path.suffix.lower(), TEXT)
