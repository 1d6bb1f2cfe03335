"""Deleting is a move to the trash: what comes back is what was there, byte for byte, and never over something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.workspace import trash as trash_module
from workbench.workspace.trash import Trash
from workbench.workspace.workspace import Workspace

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31

Resources:
  # The first one.
  Alpha:
    Type: AWS::Serverless::Function   # with a remark
    Properties:
      CodeUri: alpha/
      Handler: app.handler
      Runtime: python3.13

  # What Beta is for,
  # in two lines.
  Beta:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: "beta/", Handler: app.handler, Runtime: python3.13 }   # in braces

  Table:
    Type: AWS::DynamoDB::Table

Outputs:
  # Told to others.
  BetaArn:
    Value: !GetAtt Beta.Arn
  TableName:
    Value: !Ref Table
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name in ("alpha", "beta"):
        (tmp_path / name / "lib").mkdir(parents=True)
        (tmp_path / name / "app.py").write_text(f"# {name}\n")
        (tmp_path / name / "lib" / "x.py").write_text("x = 1\n")
    (tmp_path / "events" / "Beta").mkdir(parents=True)
    (tmp_path / "events" / "Beta" / "first.json").write_text("{}")
    (tmp_path / "events" / "common.json").write_bytes(b"\xef\xbb\xbf{ }\r\n")
    (tmp_path / "template.yaml").write_bytes(TEMPLATE.replace("\n", "\r\n").encode())
    return Workspace.open(tmp_path)


def picture(root: Path) -> dict[str, bytes | None]:
    """All that a person sees of the workspace: files with their bytes, folders."""
    found = [path for path in root.rglob("*") if ".workbench" not in path.relative_to(root).parts]
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in found}


@pytest.mark.parametrize("with_code", [True, False])
def test_a_deleted_function_comes_back_byte_for_byte_also_after_a_restart(workspace: Workspace, with_code: bool) -> None:
    before = picture(workspace.root)
    workspace.delete("Beta", with_code=with_code)
    assert (workspace.root / "beta").exists() is not with_code
    assert (workspace.root / "events" / "Beta").exists() is not with_code
    text = workspace.template_path.read_text()
    assert "Beta" not in text
    assert "Told to others" not in text
    again = Workspace.open(workspace.root)
    (entry,) = again.trash.entries()
    assert (entry.kind, entry.name) == ("function", "Beta")
    assert again.restore(entry.id).note == ""
    assert picture(workspace.root) == before
    assert again.trash.entries() == ()


def test_a_deleted_event_comes_back_byte_for_byte(workspace: Workspace) -> None:
    before = picture(workspace.root)
    workspace.delete_event("common")
    assert [event.name for event in workspace.events.list()] == ["Beta/first"]
    workspace.restore("common")
    assert picture(workspace.root) == before


def test_what_was_changed_in_the_template_since_stays_and_the_entry_has_its_old_place(workspace: Workspace) -> None:
    entry = workspace.delete("Beta", with_code=True)
    path = workspace.template_path
    path.write_bytes(path.read_bytes().replace(b"with a remark", b"with another").replace(b"TableName:", b"NameOfTable:"))
    workspace.restore(entry.id)
    expected = TEMPLATE.replace("with a remark", "with another").replace("TableName:", "NameOfTable:").replace("\n", "\r\n")
    assert path.read_bytes() == expected.encode()


def test_where_the_place_itself_was_changed_the_entry_comes_to_the_end_with_its_comments(workspace: Workspace) -> None:
    entry = workspace.delete("Beta", with_code=True)
    path = workspace.template_path
    path.write_text("Resources:\n    Other:\n        Type: AWS::SQS::Queue\n")
    workspace.restore(entry.id)
    text = path.read_text()
    assert text.startswith("Resources:\n    Other:\n        Type: AWS::SQS::Queue\n\n"
                           "    # What Beta is for,\n    # in two lines.\n    Beta:\n")
    assert "# in braces" in text
    assert "BetaArn" in text
    assert workspace.function("Beta").handler == "app.handler"


def test_a_function_of_the_same_name_is_never_overwritten(workspace: Workspace) -> None:
    entry = workspace.delete("Beta", with_code=True)
    workspace.new_function("Beta", "python-hello")
    before = picture(workspace.root)
    with pytest.raises(InvalidInput, match="has “Beta” again"):
        workspace.restore(entry.id)
    assert picture(workspace.root) == before
    assert workspace.trash.entries() == (entry,)
    workspace.rename("Beta", "Newer")
    workspace.restore(entry.id)
    assert {function.logical_id for function in workspace.functions()} == {"Alpha", "Beta", "Newer"}


def test_a_folder_in_the_way_stays_and_the_code_comes_beside_it(workspace: Workspace) -> None:
    entry = workspace.delete("Beta", with_code=True)
    (workspace.root / "beta").mkdir()
    (workspace.root / "beta" / "theirs.py").write_text("theirs = 1\n")
    restored = workspace.restore(entry.id)
    assert restored.note == "It is in beta-2, because there is now another beta."
    assert [path.name for path in (workspace.root / "beta").iterdir()] == ["theirs.py"]
    assert (workspace.root / "beta-2" / "app.py").read_text() == "# beta\n"
    assert Path(workspace.function("Beta").code_path).name == "beta-2"


def test_what_an_event_expects_is_deleted_and_comes_back_with_it(workspace: Workspace) -> None:
    workspace.events.expect("common", b"[1]")
    workspace.events.expect("Beta/first", b"[2]")
    workspace.delete_event("common")
    workspace.delete("Beta", with_code=True)
    assert [workspace.events.expectation(name) for name in ("common", "Beta/first")] == [b"", b""]
    workspace.restore("common")
    workspace.restore("Beta")
    assert [workspace.events.expectation(name) for name in ("common", "Beta/first")] == [b"[1]", b"[2]"]


def test_an_event_of_the_same_name_is_never_overwritten(workspace: Workspace) -> None:
    workspace.delete_event("common")
    workspace.events.save("common", b"[1]")
    restored = workspace.restore("common")
    assert [path.name for path in restored.files] == ["common-2.json"]
    assert workspace.events.read("common") == b"[1]"


def test_a_deletion_that_fails_has_changed_nothing(workspace: Workspace) -> None:
    reference = "  Map:\n    Type: X\n    Properties: {A: !Ref Beta}\n"
    workspace.template_path.write_text(TEMPLATE.replace("  Table:", f"{reference}  Table:"))
    before = picture(workspace.root)
    with pytest.raises(WorkspaceError, match="cannot be deleted"):
        workspace.delete("Beta", with_code=True)
    assert picture(workspace.root) == before
    assert workspace.trash.entries() == ()


def test_a_template_that_can_not_be_written_leaves_code_and_trash_as_they_were(workspace: Workspace) -> None:
    before = picture(workspace.root)
    workspace.template_path.chmod(0o444)
    with pytest.raises(WorkspaceError, match="write-protected"):
        workspace.delete("Beta", with_code=True)
    assert picture(workspace.root) == before
    assert workspace.trash.entries() == ()
    workspace.template_path.chmod(0o644)
    entry = workspace.delete("Beta", with_code=True)
    gone = picture(workspace.root)
    workspace.template_path.chmod(0o444)
    with pytest.raises(WorkspaceError, match="write-protected"):
        workspace.restore(entry.id)
    assert picture(workspace.root) == gone
    workspace.template_path.chmod(0o644)
    workspace.restore(entry.id)
    assert picture(workspace.root) == before


def test_code_that_others_use_stays(workspace: Workspace) -> None:
    text = workspace.template_path.read_text().replace("alpha/", "beta/")
    workspace.template_path.write_text(text)
    workspace.delete("Beta", with_code=True)
    assert (workspace.root / "beta" / "app.py").exists()


def test_a_linked_code_folder_is_moved_as_a_link(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "code"
    (workspace.root / "beta").rename(elsewhere)
    os.symlink(elsewhere, workspace.root / "beta")
    entry = workspace.delete("Beta", with_code=True)
    assert (elsewhere / "app.py").exists()
    workspace.restore(entry.id)
    assert (workspace.root / "beta" / "app.py").read_text() == "# beta\n"


def test_the_trash_of_a_json_template(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text('{"Resources": {"A": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "a/", "Handler": "a.b", '
                    '"Runtime": "python3.13"}}, "B": {"Type": "AWS::SQS::Queue"}}}')
    before = path.read_text()
    workspace = Workspace.open(tmp_path)
    workspace.delete("A")
    path.write_text(path.read_text().replace("SQS::Queue", "SNS::Topic"))
    workspace.restore("A")
    assert workspace.function("A").handler == "a.b"
    assert "SNS::Topic" in path.read_text()
    path.write_text(before)


def test_what_is_not_there_is_told(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="has no “Nothing”"):
        workspace.restore("Nothing")


def test_emptying_gives_everything_away(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    monkeypatch.setattr(trash_module, "_give_away", lambda folder: given.append(folder.name))
    first, second = workspace.delete_event("common"), workspace.delete("Beta")
    assert workspace.trash.empty() == 2
    assert sorted(given) == sorted([first.id, second.id])


def test_what_is_old_leaves_the_trash(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trash_module, "_give_away", trash_module.shutil.rmtree)
    workspace.delete_event("common")
    workspace.trash.prune()
    assert len(workspace.trash.entries()) == 1
    monkeypatch.setattr(trash_module, "MAX_AGE_S", -1.0)
    workspace.trash.prune()
    assert workspace.trash.entries() == ()


def test_a_damaged_entry_hides_no_other(workspace: Workspace) -> None:
    entry = workspace.delete_event("common")
    (workspace.root / ".workbench" / "trash" / "20260101-000000-broken").mkdir()
    (workspace.root / ".workbench" / "trash" / "20260101-000000-broken" / "manifest.json").write_text("{")
    assert Trash(workspace.root).entries() == (entry,)


def test_files_come_back_to_an_entry_that_was_put_back_by_hand(workspace: Workspace) -> None:
    before = picture(workspace.root)
    text = workspace.template_path.read_bytes()
    entry = workspace.delete("Beta", with_code=True)
    workspace.template_path.write_bytes(b"# once more\r\n" + text)
    workspace.restore(entry.id)
    assert picture(workspace.root) == {**before, "template.yaml": b"# once more\r\n" + text}
