"""What a person does with a workspace ends up in template.yaml, and only that."""

import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workspace.templates import ANCHORED, JSON, SHOP, write_workspace
from tests.unit.workspace.test_yaml_edits import changed_lines
from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.workspace.function_changes import FunctionChanges, changed_template
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.template import Template
from workbench.workspace.workspace import Workspace

ReadOnly = Callable[[Path], AbstractContextManager[None]]


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return Workspace.open(write_workspace(tmp_path / "shop", SHOP, "orders", "src/pictures"))


def text_of(workspace: Workspace) -> str:
    return workspace.template_path.read_bytes().decode()


def changes_in(workspace: Workspace, before: str = SHOP) -> list[str]:
    return [line.strip("\n") for line in changed_lines(before, text_of(workspace))]


# --- opening


def test_open_tells_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="does not exist"):
        Workspace.open(tmp_path / "nowhere")
    with pytest.raises(WorkspaceError, match=r"no template\.yaml"):
        Workspace.open(tmp_path)


def test_a_broken_template_opens_and_its_functions_tell_why(tmp_path: Path) -> None:
    workspace = Workspace.open(write_workspace(tmp_path / "w", "Resources:\n\tx: 1\n", name="template.yml"))
    assert (workspace.name, workspace.template_path.name) == ("w", "template.yml")
    with pytest.raises(WorkspaceError, match=r"template\.yml, line 2, column 1: there is a tab"):
        workspace.functions()


def test_functions_follow_the_disk(shop: Workspace) -> None:
    assert shop.function("OrdersFunction").timeout_s == 30
    shop.template_path.write_text(SHOP.replace("Timeout: 30", "Timeout: 31"), encoding="utf-8")
    assert shop.function("OrdersFunction").timeout_s == 31
    with pytest.raises(WorkspaceError, match="no function Nope"):
        shop.function("Nope")


def test_held_templates_tell_everything_of_one_moment(shop: Workspace) -> None:
    shop.hold_templates()
    assert shop.function("OrdersFunction").timeout_s == 30
    shop.template_path.write_text("", encoding="utf-8")
    assert shop.function("OrdersFunction").timeout_s == 30
    assert not shop.is_emptied()
    assert Workspace.open(shop.root).is_emptied()


# --- changing settings


def test_only_what_differs_is_written(shop: Workspace) -> None:
    function = shop.change("OrdersFunction", FunctionChanges(timeout_s=31, handler="app.main", runtime="python3.13"))
    assert (function.timeout_s, function.handler) == (31, "app.main")
    assert changes_in(shop) == ["-       Handler: app.handler   # entry", "+       Handler: app.main   # entry",
        "+       Timeout: 31"]


def test_a_value_equal_to_globals_or_default_adds_no_noise(shop: Workspace) -> None:
    before = shop.template_path.stat().st_mtime_ns
    shop.change("OrdersFunction", FunctionChanges(runtime="python3.13", timeout_s=30, memory_mb=256, ephemeral_storage_mb=512,
                                                  architecture="x86_64", description=""))
    assert text_of(shop) == SHOP
    assert shop.template_path.stat().st_mtime_ns == before


def test_all_settings_at_once_in_every_form(shop: Workspace) -> None:
    wanted = FunctionChanges(runtime="python3.12", handler="index.main", memory_mb=1769, timeout_s=900,
        ephemeral_storage_mb=10240,
                             architecture="arm64", description="“Quoted”: yes", environment={"AB": "1"})
    template = Template(shop.template_path, SHOP.replace("        LOG_LEVEL: INFO\n        STAGE: !Ref Stage\n",
                                                                 "        AB: 2\n"))
    template.save()
    for logical_id in ("OrdersFunction", "Pictures"):
        function = shop.change(logical_id, wanted)
        assert FunctionChanges(runtime=function.runtime, handler=function.handler, memory_mb=function.memory_mb,
                               timeout_s=function.timeout_s, ephemeral_storage_mb=function.ephemeral_storage_mb,
                               architecture=function.architecture, description=function.description,
                               environment=dict(function.environment)) == wanted
    assert "Architectures: [arm64]" in text_of(shop)
    assert "# entry" in text_of(shop)


def test_environment_keeps_unchanged_intrinsics(shop: Workspace) -> None:
    environment = dict(shop.function("OrdersFunction").environment)
    environment |= {"RETRIES": "4", "LOG_LEVEL": "DEBUG", "EXTRA": "x"}
    del environment["DEBUG"]
    assert shop.change("OrdersFunction", FunctionChanges(environment=environment)).environment == environment
    assert changes_in(shop) == ["-           DEBUG: false", "-           RETRIES: 3", '+           RETRIES: "4"',
                                "+           LOG_LEVEL: DEBUG", "+           EXTRA: x"]


UNKNOWN = ("API:", "SHARED:", "VPC:")


def test_what_is_not_known_stays_when_everything_else_is_removed(shop: Workspace) -> None:
    shop.change("OrdersFunction", FunctionChanges(environment={"LOG_LEVEL": "INFO", "STAGE": "dev"}))
    own = shop.function("OrdersFunction")
    assert (dict(own.environment), len(own.unknown)) == ({"LOG_LEVEL": "INFO", "STAGE": "dev"}, 3)


def test_an_emptied_environment_leaves_nothing_behind(tmp_path: Path) -> None:
    text = SHOP[: SHOP.index("    Environment:\n      Variables:\n        LOG_LEVEL")] + SHOP[SHOP.index("\nResources:") :]
    workspace = Workspace.open(write_workspace(tmp_path, text, "orders"))
    text = "".join(line for line in text_of(workspace).splitlines(keepends=True) if not line.lstrip().startswith(UNKNOWN))
    workspace.template_path.write_text(text, encoding="utf-8")
    assert workspace.change("OrdersFunction", FunctionChanges(environment={})).environment == {}
    assert "Environment" not in text_of(workspace)[: text_of(workspace).index("Pictures:")]
    assert "Policies:" in text_of(workspace)


def test_a_variable_of_globals_can_not_be_removed_from_one_function(shop: Workspace) -> None:
    environment = dict(shop.function("OrdersFunction").environment)
    del environment["LOG_LEVEL"]
    with pytest.raises(WorkspaceError, match="LOG_LEVEL comes from Globals"):
        shop.change("OrdersFunction", FunctionChanges(environment=environment))
    assert text_of(shop) == SHOP


def test_a_computed_environment_is_left_alone(tmp_path: Path) -> None:
    text = ("Conditions: {C: !Equals [a, b]}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
            "      Handler: a.b\n      Environment: !If [C, {Variables: {AB: x}}, {Variables: {AB: y}}]\n")
    workspace = Workspace.open(write_workspace(tmp_path, text))
    assert workspace.function("F").environment == {"AB": "y"}
    with pytest.raises(WorkspaceError, match="computed by an intrinsic"):
        workspace.change("F", FunctionChanges(environment={"AB": "z"}))


@pytest.mark.parametrize(("changes", "message"), [
    (FunctionChanges(memory_mb=127),
        "Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than"),
    (FunctionChanges(memory_mb=10241), "less than or equal to 10240"), (FunctionChanges(timeout_s=0), "'timeout'"),
    (FunctionChanges(timeout_s=901), "less than or equal to 900"),
    (FunctionChanges(ephemeral_storage_mb=511), "ephemeralStorage"),
    (FunctionChanges(handler="a b"), "handler"), (FunctionChanges(handler=""), "handler"),
    (FunctionChanges(description="x" * 257), "257"),
    (FunctionChanges(runtime=" "), "runtime is empty"),
    (FunctionChanges(environment={"1A": "x"}), "Map keys must satisfy constraint"),
    (FunctionChanges(environment={"AWS_REGION": "x", "LAMBDA_TASK_ROOT": "y"}), "in this request: AWS_REGION, LAMBDA_TASK_ROOT"),
    (FunctionChanges(environment={"AB": "x" * 4096}), "exceeded the 4KB limit"),
    (FunctionChanges(architecture="riscv"), "riscv"),  # type: ignore[arg-type]
])
def test_what_lambda_would_refuse_is_refused(shop: Workspace, changes: FunctionChanges, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        shop.change("OrdersFunction", changes)
    assert text_of(shop) == SHOP


NAMES = st.from_regex(r"[a-z][a-z0-9_]{1,8}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(environment=st.dictionaries(NAMES, VALUES, max_size=5), template=st.sampled_from([SHOP, JSON]),
    line_end=st.sampled_from(["\n", "\r\n"]))
def test_any_environment_survives_the_round_trip(environment: dict[str, str], template: str, line_end: str) -> None:
    logical_id = "OrdersFunction" if template == SHOP else "Hello"
    shared = {"LOG_LEVEL": "INFO", "STAGE": "dev"} if template == SHOP else {}
    before = Template(Path("template.yaml"), template.replace("\n", line_end))
    wanted = environment | shared
    after = changed_template(before, logical_id, FunctionChanges(environment=wanted), PseudoParameters())
    again = changed_template(after, logical_id, FunctionChanges(environment=wanted), PseudoParameters())
    own = after.data["Resources"][logical_id]["Properties"].get("Environment", {}).get("Variables", {})
    assert {name: value for name, value in own.items() if not isinstance(value, dict)} == environment
    assert [f"{name}:" for name, value in own.items() if isinstance(value, dict)] == (list(UNKNOWN) if template == SHOP else [])
    assert again is after
    assert (after.text.count("\n") == after.text.count("\r\n")) == (line_end == "\r\n")


def test_anchored_settings_are_refused_without_harm(tmp_path: Path) -> None:
    workspace = Workspace.open(write_workspace(tmp_path, ANCHORED, "code"))
    with pytest.raises(WorkspaceError, match="YAML anchor"):
        workspace.change("First", FunctionChanges(memory_mb=1024))
    assert workspace.change("Second", FunctionChanges(memory_mb=1024)).memory_mb == 1024
    assert changes_in(workspace, ANCHORED) == ["+       MemorySize: 1024"]


# --- writing


def test_mode_and_link_of_the_template_stay(tmp_path: Path) -> None:
    write_workspace(tmp_path / "real", SHOP, "orders")
    real = tmp_path / "real" / "template.yaml"
    real.chmod(0o640)
    (tmp_path / "linked" / "orders").mkdir(parents=True)
    (tmp_path / "linked" / "template.yaml").symlink_to(real)
    Workspace.open(tmp_path / "linked").change("OrdersFunction", FunctionChanges(timeout_s=5))
    assert (tmp_path / "linked" / "template.yaml").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert "Timeout: 5" in real.read_text(encoding="utf-8")
    assert sorted(path.name for path in (tmp_path / "real").iterdir()) == ["orders", "template.yaml"]


def test_a_read_only_folder_is_told_and_nothing_happens(shop: Workspace, read_only: ReadOnly) -> None:
    shop.template_path.chmod(0o666)
    with read_only(shop.root), pytest.raises(WorkspaceError, match=r"template\.yaml could not be written"):
        shop.change("OrdersFunction", FunctionChanges(timeout_s=5))
    assert text_of(shop) == SHOP


def test_a_write_protected_template_is_told(shop: Workspace) -> None:
    shop.template_path.chmod(0o444)
    with pytest.raises(WorkspaceError, match="write-protected"):
        shop.change("OrdersFunction", FunctionChanges(timeout_s=5))
    assert text_of(shop) == SHOP


def test_a_full_disk_harms_nothing(shop: Workspace) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(WorkspaceError, match="could not be written"):
            shop.change("OrdersFunction", FunctionChanges(timeout_s=5))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert text_of(shop) == SHOP
    assert sorted(path.name for path in shop.root.iterdir() if path.name != ".workbench") == ["orders", "src", "template.yaml"]
    kept = {path.name for path in (shop.root / ".workbench").rglob("*") if path.is_file()}
    assert kept <= {".gitignore", "path.txt"}, "no half version is kept"


# --- new, rename, duplicate, delete


def test_new_function_brings_code_event_and_entry(shop: Workspace) -> None:
    function = shop.new_function("ResizeImageFunction", "python-s3")
    assert function.problems == ()
    assert Path(function.code_path) == shop.root / "resize_image"
    assert (shop.root / "resize_image" / "app.py").is_file()
    assert b"ObjectCreated:Put" in shop.events.read("resize_image")
    assert all(line.startswith("+ ") for line in changes_in(shop))
    assert "\n\n  ResizeImageFunction:\n" in text_of(shop)
    assert text_of(shop).index("ResizeImageFunction:") < text_of(shop).index("Outputs:")


def test_new_function_in_a_plain_or_json_template(tmp_path: Path) -> None:
    workspace = Workspace.open(write_workspace(tmp_path / "a", "# mine\nResources: {}\n"))
    workspace.new_function("Hello", "python-api")
    assert workspace.function("Hello").problems == ()
    assert "Transform: AWS::Serverless-2016-10-31" in text_of(workspace)
    workspace = Workspace.open(write_workspace(tmp_path / "b", JSON))
    assert workspace.new_function("Other", "node-api").problems == ()


@pytest.mark.parametrize("name", ["", "a-b", "a b", "ä", "x" * 256, "OrdersFunction", "Table", "Stage", "../x"])
def test_names_are_checked_before_anything_happens(shop: Workspace, name: str) -> None:
    for act in (lambda: shop.new_function(name, "python-hello"), lambda: shop.rename("Pictures", name),
                lambda: shop.duplicate("Pictures", name)):
        with pytest.raises(InvalidInput):
            act()
    assert text_of(shop) == SHOP
    with pytest.raises(InvalidInput, match="no starter"):
        shop.new_function("Fine", "cobol")


def test_new_function_does_not_take_an_existing_folder(shop: Workspace) -> None:
    (shop.root / "fresh").mkdir()
    with pytest.raises(WorkspaceError, match="fresh already exists"):
        shop.new_function("Fresh", "python-hello")
    assert text_of(shop) == SHOP


def test_rename_takes_all_references_along(shop: Workspace) -> None:
    shop.events.save("OrdersFunction/first", b"{}")
    function = shop.rename("OrdersFunction", "Sales")
    expected = SHOP.replace("OrdersFunctionX", "KEEP1").replace("${!OrdersFunction}", "KEEP2").replace("OrdersFunction", "Sales")
    expected = expected.replace("KEEP1", "OrdersFunctionX").replace("KEEP2", "${!OrdersFunction}")
    assert text_of(shop) == expected.replace("CodeUri: orders/", "CodeUri: sales/")
    assert Path(function.code_path) == shop.root / "sales"
    assert (shop.root / "sales" / "app.py").is_file()
    assert [event.name for event in shop.events.list("Sales")] == ["Sales/first"]


def test_rename_leaves_declared_lookalikes_and_shared_code_alone(tmp_path: Path) -> None:
    text = ("Resources:\n  Fn:\n    Type: AWS::Serverless::Function\n"
            "    Properties: {CodeUri: fn, Handler: app.a, Runtime: python3.13}\n"
            "  FnRole:\n    Type: AWS::IAM::Role\n    DependsOn: Fn\n"
            "  Other:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: fn\n      Role: !GetAtt FnRole.Arn\n"
            "      Environment:\n        Variables:\n          A1: !Sub ['${Fn}', {Fn: x}]\n"
            "          A2: Fn\n          A3: {Ref: Fn}\n"
            "          A4: {Fn::GetAtt: [Fn, Arn]}\n          A5: !GetAtt [Fn, Arn]\n          A6: !Ref Fn.Version\n"
            "          A7: !Sub |\n            a ${Fn} b\n            ${ Fn.Arn } ${FnRole}\n")
    workspace = Workspace.open(write_workspace(tmp_path, text, "fn"))
    workspace.rename("Fn", "New")
    lines = text_of(workspace)
    assert [line.strip() for line in lines.splitlines() if "New" in line] == [
        "New:", "DependsOn: New", "A3: {Ref: New}", "A4: {Fn::GetAtt: [New, Arn]}", "A5: !GetAtt [New, Arn]",
        "A6: !Ref New.Version",
        "a ${New} b", "${ New.Arn } ${FnRole}"]
    assert "CodeUri: fn" in lines
    assert (tmp_path / "fn").is_dir()


def test_rename_that_can_not_be_written_moves_nothing(shop: Workspace) -> None:
    shop.template_path.chmod(0o444)
    with pytest.raises(WorkspaceError, match="write-protected"):
        shop.rename("OrdersFunction", "Sales")
    assert (shop.root / "orders" / "app.py").is_file()
    assert not (shop.root / "sales").exists()


def test_duplicate_copies_entry_and_code(shop: Workspace) -> None:
    copy = shop.duplicate("OrdersFunction", "ReturnsFunction")
    original = shop.function("OrdersFunction")
    assert (copy.handler, copy.environment, copy.problems) == (original.handler, original.environment, ())
    assert Path(copy.code_path) == shop.root / "returns"
    assert (shop.root / "returns" / "app.py").read_bytes() == (shop.root / "orders" / "app.py").read_bytes()
    block = text_of(shop)[text_of(shop).index("  ReturnsFunction:") : text_of(shop).index("  # makes small pictures")]
    assert "# takes orders" in block
    assert "# where the orders go" in block
    assert "HttpApi" not in block
    assert "Nightly:" in block
    assert all(line.startswith("+ ") for line in changes_in(shop))


def test_duplicate_drops_the_function_name(shop: Workspace) -> None:
    copy = shop.duplicate("Pictures", "Thumbnails")
    assert (copy.name, Path(copy.code_path)) == ("Thumbnails", shop.root / "src" / "thumbnails")
    assert "CodeUri: ./src/thumbnails\n" in text_of(shop)


def test_duplicate_of_anchored_and_json_entries(tmp_path: Path) -> None:
    workspace = Workspace.open(write_workspace(tmp_path / "a", ANCHORED, "code"))
    assert workspace.duplicate("First", "Copy").memory_mb == 512
    assert workspace.function("Third").memory_mb == 512
    workspace = Workspace.open(write_workspace(tmp_path / "b", JSON, "hello"))
    assert workspace.duplicate("Hello", "Copy").environment == {"AB": "1", "CD": "2"}
    assert (tmp_path / "b" / "copy" / "app.py").is_file()


def test_delete_takes_outputs_and_comment_along(shop: Workspace) -> None:
    with pytest.raises(WorkspaceError, match=r"refers to it in Pictures \(line 70, 82, 84\)"):
        shop.delete("OrdersFunction")
    assert text_of(shop) == SHOP
    shop.delete("Pictures", with_code=True)
    gone = SHOP[SHOP.index("\n  # makes small pictures") : SHOP.index("\n  SharpLayer")]
    assert text_of(shop) == SHOP.replace(gone, "")
    assert not (shop.root / "src" / "pictures").exists()
    shop.delete("OrdersFunction")
    assert (shop.root / "orders").is_dir()
    assert "Outputs" not in text_of(shop)
    assert "# ------" not in text_of(shop)
    assert shop.functions() == ()


def test_delete_of_the_last_resource_and_a_new_beginning(tmp_path: Path) -> None:
    text = ("Transform: AWS::Serverless-2016-10-31\nResources:\n"
            "  A:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: a}\n")
    workspace = Workspace.open(write_workspace(tmp_path, text, "a"))
    workspace.delete("A", with_code=True)
    assert text_of(workspace) == "Transform: AWS::Serverless-2016-10-31\nResources: {}\n"
    assert not (tmp_path / "a").exists()
    assert workspace.new_function("B", "python-hello").problems == ()


@pytest.mark.parametrize("code_uri", [".", "shared", "shared/inner", "..", "events"])
def test_shared_or_foreign_code_is_never_deleted(tmp_path: Path, code_uri: str) -> None:
    text = "Resources:\n" + "".join(f"  {name}: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: {uri}}}}}\n"
                                    for name, uri in (("A", code_uri), ("B", "shared")))
    workspace = Workspace.open(write_workspace(tmp_path / "w", text, "shared/inner", "events"))
    workspace.delete("A", with_code=True)
    assert (tmp_path / "w" / "shared" / "inner" / "app.py").is_file()
    assert (tmp_path / "w" / "events" / "app.py").is_file()
