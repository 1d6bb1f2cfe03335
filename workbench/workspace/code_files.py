"""The files of a function's code that a person edits: lists them, finds the handler's, reads and writes their encodings."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.model.left_out import NEVER_CODE
from workbench.model.value import Value
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.atomic_file import create_exclusively, write_atomically

MAX_FILES = 500
MAX_DEPTH = 12
MAX_VISITED = 20_000
MAX_SIZE_BYTES = 2_000_000
SKIPPED_FOLDERS = NEVER_CODE.names | {"node_modules", "venv", "dist-info", "vendor", ".gradle", "target", "obj"}
_BINARY = frozenset({".pyc", ".pyo", ".so", ".dll", ".dylib", ".zip", ".jar", ".class", ".png", ".jpg", ".jpeg", ".gif", ".webp",
                     ".ico", ".pdf", ".gz", ".tar", ".whl", ".exe", ".node", ".wasm", ".sqlite", ".db", ".woff", ".woff2", ".ttf",
                     ".o", ".a", ".mp3", ".mp4", ".parquet", ".pkl"})
_SAMPLE_BYTES = 4096
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_EXTENSIONS = {"python": (".py",), "nodejs": (".mjs", ".js", ".cjs", ".ts", ".mts", ".tsx", ".cts", ".jsx"), "ruby": (".rb",)}
_PYTHON_CODING = rb"(?m)^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"
"""Compiled when used first, not while the window starts."""


class FileToken(Value):
    """The state of a file on disk; if it differs later, another program has changed the file."""

    modified_ns: int
    size_bytes: int


class CodeFile(Value):
    """A text file as read. `text` has only \\n as line ends; `encoding`, `bom` and `line_end` say how to write it back."""

    text: str
    encoding: str = "utf-8"
    bom: bytes = b""
    line_end: str = "\n"
    is_mixed: bool = False
    """Whether the file mixes line ends. Writing makes them all `line_end`, but happens only if the text was changed."""
    token: FileToken = FileToken(0, 0)


def editable_files(code_path: Path) -> tuple[str, ...]:
    """Return the relative paths (forward slashes) of the files to edit: at most 500, outermost first, then by name. Blocks.

    Leaves out dependencies and caches, files that are binary or larger than 2 MB, and links that lead outside the folder.
    """
    found: list[str] = []
    for path in _files_below(code_path):
        if _is_editable(path, code_path):
            found.append(path.relative_to(code_path).as_posix())
        if len(found) >= MAX_FILES:
            break
    return tuple(sorted(found, key=lambda name: (name.count("/"), name.casefold())))


def _files_below(root: Path) -> Iterator[Path]:
    visited = 0
    for folder, subfolders, names in os.walk(root, followlinks=False):
        depth = len(Path(folder).relative_to(root).parts)
        subfolders[:] = sorted(name for name in subfolders if not _is_skipped(name)) if depth < MAX_DEPTH else []
        for name in sorted(names):
            visited += 1
            if visited > MAX_VISITED:
                return
            yield Path(folder, name)


def _is_skipped(folder: str) -> bool:
    return folder in SKIPPED_FOLDERS or folder.endswith((".dist-info", ".egg-info"))


def _is_editable(path: Path, root: Path) -> bool:
    if path.suffix.lower() in _BINARY or path.name == ".DS_Store":
        return False
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return False
        if not path.is_file() or path.stat().st_size > MAX_SIZE_BYTES:
            return False
        with path.open("rb") as file:
            return _looks_like_text(file.read(_SAMPLE_BYTES))
    except (OSError, RuntimeError):  # a link to itself
        return False


def _looks_like_text(sample: bytes) -> bool:
    return b"\0" not in sample or sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def handler_file(code_path: Path, runtime: str, handler: str) -> Path | None:
    """Return the file that a handler names; None if it does not exist or the runtime's handlers name no source file.

    Python: `app.handler`, `pkg/mod.handler`, `pkg.mod.handler`; Node.js: `src/index.handler` with .mjs, .js, .cjs or a TypeScript
    source; Ruby: `file.method`, `file.Class.method`. OS-only runtimes: an executable or script named bootstrap.
    If the code is a single file, returns that file. Source: Lambda guide, the handler page of each language.
    """
    if code_path.is_file():
        return code_path if code_path.suffix.lower() not in _BINARY else None
    if runtime.startswith("provided"):
        return _inside(code_path, [code_path / "bootstrap"])
    family = re.match(r"[a-z]*", runtime)
    extensions = _EXTENSIONS.get(family.group() if family else "", ())
    return _inside(code_path, [code_path / f"{module}{extension}" for module in _modules(runtime, handler)
                               for extension in extensions])


def _modules(runtime: str, handler: str) -> list[str]:
    if runtime.startswith("python"):
        module = handler.rpartition(".")[0].replace("/", ".").strip(".")
        path = module.replace(".", "/")
        return [path, f"{path}/__init__"] if module else []
    folder, slash, last = handler.rpartition("/")
    name = last.partition(".")[0]
    return [f"{folder}{slash}{name}"] if name else []


def _inside(root: Path, candidates: list[Path]) -> Path | None:
    # A handler such as ../../secrets.x, or a link, must not open a file outside the code.
    resolved = root.resolve()
    return next((path for path in candidates if path.is_file() and path.resolve().is_relative_to(resolved)), None)


def read_code(path: Path) -> CodeFile:
    """Read a text file. Raises WorkspaceError if it cannot be read, is larger than 2 MB or is not text. Blocks."""
    try:
        # Before reading: if the file changes in between, saving reports a conflict instead of overwriting that change.
        token = file_token(path)
        content = read_bounded(path, MAX_SIZE_BYTES) if token and token.size_bytes <= MAX_SIZE_BYTES else b""
    except OSError as error:
        raise WorkspaceError(f"{path.name} could not be read: {error.strerror or error}.",
                             "Check that you are allowed to read it.") from error
    if token is None:
        raise WorkspaceError(f"{path.name} no longer exists.", "Reload the list of files.")
    if token.size_bytes > MAX_SIZE_BYTES or not _looks_like_text(content[:_SAMPLE_BYTES]):
        raise WorkspaceError(f"{path.name} is not a text file of at most 2 MB.", "Open it with another program.")
    return _decoded(path, content, token)


def _decoded(path: Path, content: bytes, token: FileToken) -> CodeFile:
    bom, encoding = next(((bom, name) for bom, name in _BOMS if content.startswith(bom)), (b"", _encoding(path, content)))
    try:
        text = content[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise WorkspaceError(f"{path.name} is not valid {encoding} text.",
                             "Save it as UTF-8 with another editor first.") from error
    line_end = _line_end(text)
    plain = text.replace("\r\n", "\n")
    return CodeFile(text=plain, encoding=encoding, bom=bom, line_end=line_end, token=token,
                    is_mixed=plain.replace("\n", line_end) != text)


def decoded(path: Path, content: bytes) -> CodeFile:
    """Decode content that differs from the file on disk, such as an earlier version. Raises WorkspaceError if it is not text."""
    return _decoded(path, content, FileToken(0, len(content)))


def _encoding(path: Path, content: bytes) -> str:
    """Return "utf-8", or what a Python coding comment says, or "latin-1" (which keeps every byte) if it is not UTF-8."""
    if path.suffix == ".py":
        # Only the first two lines count (PEP 263).
        first = b"\n".join(content.split(b"\n", 2)[:2])
        declared = re.search(_PYTHON_CODING, first) if b"coding" in first else None
        try:
            return codecs.lookup(declared.group(1).decode("ascii")).name if declared else _guess(content)
        except LookupError:
            return _guess(content)
    return _guess(content)


def _guess(content: bytes) -> str:
    try:
        content.decode()
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _line_end(text: str) -> str:
    windows = text.count("\r\n")
    return "\r\n" if windows and windows * 2 >= text.count("\n") else "\n"


def write_code(path: Path, text: str, like: CodeFile, *, even_if_changed: bool = False,
               write: Callable[[Path, bytes], None] = write_atomically) -> CodeFile:
    """Write the text with the encoding and line ends of the file as it was read; return the file as it is now.

    A missing folder is created. `write` must replace a file atomically. A text that has not changed since it was read is not
    written. Raises WorkspaceError if another program has changed or deleted the file since (unless `even_if_changed`), if the
    text does not fit the encoding, or if the file cannot be written. Blocks.
    """
    if not even_if_changed and file_token(path) != like.token:
        raise WorkspaceError(f"{path.name} was changed by another program.", "Reload it, or save yours over it.")
    if text == like.text and not even_if_changed:
        return like
    content = encoded(path, text, like)
    _make_folder_of(path)
    write(path, content)
    return _decoded(path, content, file_token(path) or like.token)


def write_new(path: Path, text: str, like: CodeFile) -> CodeFile:
    """Write the text to a new file with the encoding and line ends of `like`; return the new file.

    Raises WorkspaceError if the file exists, if the text does not fit the encoding, or if it cannot be written. Blocks.
    """
    content = encoded(path, text, like)
    _make_folder_of(path)
    try:
        create_exclusively(path, content)
    except FileExistsError as error:
        raise WorkspaceError(f"There is {path.name} already.", "Choose another name: nothing was overwritten.") from error
    return _decoded(path, content, file_token(path) or FileToken(0, len(content)))


def fitting(text: str, like: CodeFile) -> CodeFile:
    """Return `like`, or its line ends with UTF-8 if its encoding does not have all characters of the text."""
    try:
        text.encode(like.encoding)
    except UnicodeEncodeError:
        return CodeFile(text=like.text, line_end=like.line_end)
    return like


def encoded(path: Path, text: str, like: CodeFile) -> bytes:
    """Encode the text with the line ends and encoding of the file as it was read. Raises WorkspaceError if it does not fit."""
    try:
        return like.bom + text.replace("\r\n", "\n").replace("\n", like.line_end).encode(like.encoding)
    except UnicodeEncodeError as error:
        raise WorkspaceError(f"{path.name} is in {like.encoding}, which has no “{text[error.start]}”.",
                             "Replace the character, or convert the file to UTF-8.") from error


def _make_folder_of(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"The folder {path.parent} could not be created: {error.strerror or error}.",
                             "Create it yourself, or save under another name.") from error


def file_token(path: Path) -> FileToken | None:
    """Return the file's present token, to be compared with the one from reading; None if the file does not exist."""
    try:
        status = path.stat()
    except OSError:  # the file, its drive or its server is gone, so what was typed is unsaved
        return None
    return FileToken(status.st_mtime_ns, status.st_size)
