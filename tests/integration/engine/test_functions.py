"""What the store of functions says of names that are there, and of those that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engines import engine_in_test, until
from tests.support.workspaces import one_function
from workbench.engine.functions import FunctionStore
from workbench.model.failures import ServiceError
from workbench.workspace.pseudo_parameters import PseudoParameters


def store_in(root: Path, region: str) -> FunctionStore:
    return FunctionStore(root, lambda: PseudoParameters.of_workspace(root, region))


@pytest.mark.parametrize(("region", "arn"), [
    ("us-east-1", "arn:aws:lambda:us-east-1:123456789012:function:Function"),
    ("cn-north-1", "arn:aws-cn:lambda:cn-north-1:123456789012:function:Function"),
    ("us-gov-west-1", "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:Function"),
])
def test_an_arn_is_in_the_partition_of_its_region(tmp_path: Path, region: str, arn: str) -> None:
    assert store_in(tmp_path, region).arn("Function") == arn


async def test_a_function_that_is_missing_says_which_there_are(tmp_path: Path) -> None:
    functions = store_in(one_function(tmp_path, "def handler(event, context): pass\n"), "us-east-1")
    await functions.refresh()
    assert functions.require("Function").configuration.name == "Function"
    with pytest.raises(ServiceError) as missing:
        functions.require("Nobody", "$LATEST")
    assert missing.value.message == "Function not found: arn:aws:lambda:us-east-1:123456789012:function:Nobody:$LATEST"
    assert missing.value.hint == "This workspace has: Function."


async def test_what_was_just_saved_is_what_an_invocation_runs(tmp_path: Path) -> None:
    code = "def handler(event, context):\n    return {said!r}\n"
    async with engine_in_test(one_function(tmp_path, code.format(said="before"))) as engine:
        assert (await engine.client.invoke("Function", b"{}")).payload == b'"before"'
        for number in range(5):  # at once, so that the watch of the workspace cannot have seen it
            (tmp_path / "function" / "app.py").write_text(code.format(said=f"after {number}"))
            assert (await engine.client.invoke("Function", b"{}", refresh=True)).payload == f'"after {number}"'.encode()


@pytest.mark.parametrize("is_link", [False, True], ids=["by its path", "by a link"])
async def test_code_beside_the_folder_of_the_template_is_watched(tmp_path: Path, *, is_link: bool) -> None:
    """Templates in a folder of their own, with CodeUri ../src, are common: AWS's examples for Powertools have them."""
    code = tmp_path / "src" / "app.py"
    code.parent.mkdir()
    root = tmp_path / "sam"
    root.mkdir()
    if is_link:
        (root / "src").symlink_to(code.parent)
    code.write_text("def handler(event, context):\n    return 'old'\n")
    (root / "template.yaml").write_text(f"""\
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: {"src" if is_link else "../src"}, Handler: app.handler, Runtime: python3.11}}
""")
    async with engine_in_test(root) as engine:
        assert (await engine.invoke()).payload == '"old"'
        await until(lambda: engine.engine._watch._identities())
        code.write_text("def handler(event, context):\n    return 'another'\n")

        async def is_another() -> bool:
            return (await engine.invoke()).payload == '"another"'

        await until(is_another)
