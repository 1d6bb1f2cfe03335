"""Find the files that a makefile, a package's scripts or another script starts by name: trusting the one means trusting them.

They are followed from file to file, within limits. A name that a script assembles from variables cannot be followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.packages.list_files import read_list_if_there

_MOST_FILES = 200
_MOST_BYTES = 1 << 20
_INTERPRETERS = re.compile(
    r"(?:-|s)?include|source|\.|exec|eval_gemfile|require_relative|sh|bash|zsh|dash|ksh|fish|python[\d.]*|pypy[\d.]*|node|deno|bun|"
    r"ts-node|tsx|perl|ruby|php|lua|pwsh|powershell|chmod")
_SCRIPTS = re.compile(r".+\.(?:sh|bash|zsh|fish|mk|mak|make|ps1|bat|cmd|gradle|gradle\.kts|gemspec|props|targets)")
_FOLDERS = re.compile(r"(?:\bcd|\bpushd|-C|--directory[ =])\s*([^\s;&|)\"']+)")
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
_BACKENDS = ("setup.py", "setup.cfg", "pyproject.toml")
_TOOLS = {
    **dict.fromkeys(("make", "MAKE"), _MAKEFILES), **dict.fromkeys(("pip", "pip3", "build"), _BACKENDS),
    **dict.fromkeys(("npm", "npx", "yarn", "pnpm"), ("package.json", ".npmrc", ".yarnrc.yml", ".pnpmfile.cjs")),
    "uv": (*_BACKENDS, "uv.toml"), "poetry": ("pyproject.toml",), "cargo": ("build.rs", "Cargo.toml"), "bundle": ("Gemfile",),
    "rake": ("Rakefile",), "gradle": ("build.gradle", "settings.gradle"), "docker": ("Dockerfile",),
}
_WORD = re.compile(r"[^\s;&|()<>\"'`=:,{}$@\\]+")
_COMMAND = re.compile(r"(?:^[ \t]*[@-]*|[;&|({`@]\s*|\b(?:then|do|else)\s+)(\.{1,2}/[\w./+-]+)", re.MULTILINE)
_QUOTED = re.compile(r"[\"'](\.{1,2}/[\w./+-]+)[\"']")
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w.]+)", re.MULTILINE)
_MODULE_ENDS = ("", ".js", ".cjs", ".mjs", ".ts", ".rb")


def started_by(files: Sequence[Path], folders: Sequence[Path], text: bytes = b"") -> list[Path]:
    """These files and the files that they start, sorted. Blocks.

    `folders` are the folders that they run in. `text` holds commands that are not in a file of their own.
    """
    found = {Path(os.path.normpath(file)): None for file in files if os.path.isfile(file)}
    waiting = [(read_list_if_there(file)[:_MOST_BYTES], file) for file in found] + [(text, None)]
    while waiting and len(found) < _MOST_FILES:
        content, file = waiting.pop(0)
        for named in _named(content.decode("utf-8", errors="replace"), [*folders, *([file.parent] if file else [])], file):
            if named not in found:
                found[named] = None
                waiting.append((read_list_if_there(named)[:_MOST_BYTES], named))
    return sorted(found)


def _named(text: str, folders: Sequence[Path], file: Path | None) -> Iterator[Path]:
    inside = [folder / match[1].strip("/") for match in _FOLDERS.finditer(text) for folder in folders]
    places = list(dict.fromkeys([*folders, *(each for each in inside[:50] if os.path.isdir(each))]))
    for word in dict.fromkeys(_words(text)):
        yield from _existing(places, [word.lstrip("/")])
    for word in dict.fromkeys(match[1] for pattern in (_COMMAND, _QUOTED) for match in pattern.finditer(text)):
        yield from _existing(places, [word + end for end in _MODULE_ENDS])
    if file is not None and file.suffix == ".py":
        modules = dict.fromkeys(match[1].replace(".", "/") for match in _IMPORT.finditer(text))
        yield from _existing([file.parent], [name for module in modules for name in (f"{module}.py", f"{module}/__init__.py")])


def _words(text: str) -> Iterator[str]:
    """Words that may be files: names of scripts, words that follow an interpreter, and what tools read by default."""
    for line in text.replace("\\\n", " ").splitlines():
        after = 0
        words = _WORD.findall(line)
        for number, word in enumerate(words):
            if _SCRIPTS.fullmatch(word) or after > 0:
                yield word
            if word == "-m" and after > 0 and number + 1 < len(words):
                yield f"{words[number + 1].replace('.', '/')}.py"
            after = 2 if _INTERPRETERS.fullmatch(os.path.basename(word)) else after - (not word.startswith("-"))
            yield from _TOOLS.get(os.path.basename(word), ())


def _existing(folders: Sequence[Path], names: Sequence[str]) -> Iterator[Path]:
    for folder in folders:
        for name in names:
            path = Path(os.path.normpath(folder / name))
            if os.path.isfile(path):
                yield path
