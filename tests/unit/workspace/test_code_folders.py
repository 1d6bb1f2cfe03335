"""Whose a folder of code is."""

from pathlib import Path

import pytest

from workbench.model.function import ContainerImage, FunctionConfiguration
from workbench.workspace.code_folders import has_own_folder


@pytest.mark.parametrize(("changes", "owned"), [
    ({}, True), ({"inline_code": "x"}, False), ({"image": ContainerImage(uri="i")}, False)])
def test_code_in_a_template_or_an_image_has_no_folder(tmp_path: Path, changes: dict[str, object], owned: bool) -> None:
    (tmp_path / "nested").mkdir()
    function = FunctionConfiguration(
        name="F", logical_id="F", runtime="python3.13", handler="index.h", code_path=str(tmp_path / "nested"), **changes)
    assert has_own_folder(function, [function], tmp_path) is owned
