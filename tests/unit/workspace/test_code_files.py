"""Code files are found, read and written back as they were."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.model.failures import WorkspaceError
from workbench.workspace import code_files
from workbench.workspace.code_files import editable_files, file_token, handler_file, read_code, write_code


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x\n", encoding="utf-8")


def test_what_is_editable(tmp_path: Path) -> None:
    make(tmp_path, "app.py", "lib/b.py", "lib/a.py", "README.md", "node_modules/x/i.js", ".venv/x.py", "__pycache__/x.py",
        ".git/config",
         ".aws-sam/build/x.py", "requests-2.32.dist-info/METADATA", "pic.png", ".env")
    (tmp_path / "binary").write_bytes(b"\x7fELF\0\0")
    (tmp_path / "huge.txt").write_bytes(b"x" * (code_files.MAX_SIZE_BYTES + 1))
    (tmp_path / "utf16.txt").write_bytes("hé".encode("utf-16"))
    (tmp_path / "out").symlink_to("/etc/hostname")
    (tmp_path / "in.py").symlink_to("app.py")
    assert editable_files(tmp_path) == (".env", "app.py", "in.py", "README.md", "utf16.txt", "lib/a.py", "lib/b.py")
    assert editable_files(tmp_path / "nowhere") == ()


def test_the_list_is_bounded(tmp_path: Path) -> None:
    make(tmp_path, *(f"f{n:04d}.py" for n in range(code_files.MAX_FILES + 5)),
        "/".join("d" * (code_files.MAX_DEPTH + 2)) + "/deep.py")
    assert len(editable_files(tmp_path)) == code_files.MAX_FILES
    assert not any("deep" in name for name in editable_files(tmp_path))


@pytest.mark.parametrize(("runtime", "handler", "files", "expected"), [
    ("python3.13", "app.handler", ["app.py"], "app.py"), ("python3.13", "pkg/mod.fn", ["pkg/mod.py"], "pkg/mod.py"),
    ("python3.13", "pkg.mod.fn", ["pkg/mod.py"], "pkg/mod.py"), ("python3.13", "pkg.fn", ["pkg/__init__.py"], "pkg/__init__.py"),
    ("nodejs22.x", "index.handler", ["index.js"], "index.js"),
    ("nodejs22.x", "src/index.handler", ["src/index.ts"], "src/index.ts"),
    ("nodejs22.x", "index.handler", ["index.cjs", "index.ts"], "index.cjs"),
    ("nodejs24.x", "index.a.b", ["index.mjs"], "index.mjs"),
    ("ruby3.4", "fn.Mod::Class.run", ["fn.rb"], "fn.rb"), ("provided.al2023", "any thing", ["bootstrap"], "bootstrap"),
    ("java21", "com.x.Handler::run", ["com/x/Handler.java"], None), ("python3.13", "app.handler", ["other.py"], None),
    ("python3.13", "app", ["app.py"], None), ("python3.13", "", [], None), ("", "app.handler", ["app.py"], None),
    ("nodejs22.x", "../outside.handler", [], None), ("nodejs22.x", "", [".js"], None),
])
def test_the_file_of_a_handler(tmp_path: Path, runtime: str, handler: str, files: list[str], expected: str | None) -> None:
    code = tmp_path / "code"
    code.mkdir()
    make(tmp_path, "outside.js")
    make(code, *files)
    assert handler_file(code, runtime, handler) == (code / expected if expected else None)


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=60),
       line_end=st.sampled_from(["\n", "\r\n"]), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_encoding_mark_and_line_ends_come_back(tmp_path: Path, text: str, line_end: str, encoding: str) -> None:
    path = tmp_path / "x.txt"
    content = text.replace("\n", line_end).encode(encoding)
    path.write_bytes(content)
    file = read_code(path)
    write_code(path, file.text, file, even_if_changed=True)
    assert path.read_bytes() == content
    after = write_code(path, f"{file.text}\nend", file, even_if_changed=True)
    assert after == read_code(path)
    assert path.read_bytes() == (content.decode(encoding) + (line_end if "\n" in text else "\n") + "end").encode(encoding)


def test_an_unchanged_text_writes_nothing_even_with_mixed_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(b"a\r\nb\nc\r\n")
    file = read_code(path)
    assert (file.is_mixed, file.line_end, file.text) == (True, "\r\n", "a\nb\nc\n")
    write_code(path, file.text, file)
    assert path.read_bytes() == b"a\r\nb\nc\r\n"
    write_code(path, file.text + "d", file)
    assert path.read_bytes() == b"a\r\nb\r\nc\r\nd"


def test_old_encodings(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes("# -*- coding: cp1252 -*-\nprice = '5 €'\n".encode("cp1252"))
    file = read_code(path)
    assert "€" in file.text
    with pytest.raises(WorkspaceError, match="cp1252, which has no “→”"):
        write_code(path, file.text + "→", file)
    assert write_code(path, file.text + "é", file).encoding == "cp1252"
    assert path.read_bytes().endswith(b"\xe9")
    (tmp_path / "y.txt").write_bytes(b"caf\xe9")
    assert read_code(tmp_path / "y.txt").text == "café"


def test_a_change_from_outside_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    make(tmp_path, "app.py")
    file = read_code(path)
    assert file_token(path) == file.token
    os.utime(path, ns=(1, 1))
    with pytest.raises(WorkspaceError, match="changed by another program"):
        write_code(path, "mine\n", file)
    assert path.read_text(encoding="utf-8") == "x\n"
    written = write_code(path, "mine\n", file, even_if_changed=True)
    assert write_code(path, "again\n", written).text == "again\n"
    path.unlink()
    assert file_token(path) is None
    with pytest.raises(WorkspaceError, match="changed by another"):
        write_code(path, "x", written)
    with pytest.raises(WorkspaceError, match="no longer exists"):
        read_code(path)


@pytest.mark.parametrize("content", [b"\0\1", b"x" * (code_files.MAX_SIZE_BYTES + 1)])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(WorkspaceError, match="not a text file of at most 2 MB"):
        read_code(tmp_path / "x")


def test_code_that_is_one_file_is_that_file(tmp_path: Path) -> None:
    for name in ("app.py", "code.zip"):
        (tmp_path / name).write_text("")
    assert handler_file(tmp_path / "app.py", "python3.13", "app.handler") == tmp_path / "app.py"
    assert handler_file(tmp_path / "code.zip", "python3.13", "app.handler") is None
