"""What a folder says is shown as it is: it neither moves the terminal's cursor nor becomes a page of its own in the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import command_here
from workbench.model.shown import shown
from workbench.workspace.trusted_folders import TrustedFolders

ERASING = "\\e[2K\\e[1A\\a"
TEMPLATE = f"""
Parameters: {{Stage: {{Type: String, Description: "{ERASING}"}}}}
Globals: {{Function: {{CodeUri: code, Handler: a.b, Runtime: python3.11}}}}
Resources:
  Named: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: "F{ERASING}"}}}}
  Elsewhere: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: "../{ERASING}", Handler: "a{ERASING}.b"}}}}
  Plain: {{Type: AWS::Serverless::Function}}
"""


@pytest.fixture
def clone(tmp_path: Path, nothing_trusted: TrustedFolders) -> Path:
    root = tmp_path / "clone"
    (root / "code" / "pkg").mkdir(parents=True)
    (root / "code" / "requirements.txt").write_text("./pkg\x1b[2K\x1b[1A\u202e\n")
    (root / "template.yaml").write_text(TEMPLATE)
    return root


@pytest.mark.parametrize("command", [
    ("trust",), ("list",), ("values",), ("invoke", "Plain"), ("invoke", "Named"), ("invoke", "Elsewhere")], ids=" ".join)
def test_the_terminal_shows_what_a_folder_says(
    command: tuple[str, ...], clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a list of requirements wipes the line that asks about it."""
    done = command_here(capsys, *command, "-w", str(clone))
    written = done.out + done.err
    assert "Traceback" not in written
    assert not [character for character in written if character in "\x1b\x07\u202e"], written
    if command == ("trust",):
        assert "./pkg\\x1b[2K" in written


def test_only_what_is_not_seen_is_changed() -> None:
    assert shown("café ✓\n\tこれ 👩‍💻") == "café ✓\n\tこれ 👩‍💻"
    assert shown("a\rb\x9b1A\u2066c") == "a\\rb\\x9b1A\\u2066c"
