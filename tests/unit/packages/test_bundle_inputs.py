"""What a bundle is made from elsewhere becomes part of its key, whenever it comes to be known."""

from __future__ import annotations

from pathlib import Path

from workbench.packages.builders.bundle_inputs import BundleInputs
from workbench.packages.builders.trees import TreeHashes
from workbench.packages.store import Store


def inputs_in(folder: Path) -> BundleInputs:
    return BundleInputs(Store(folder / "cache"), TreeHashes())


def test_inputs_that_appear_later_count_too(tmp_path: Path) -> None:
    source, first, second = tmp_path / "src", tmp_path / "first.ts", tmp_path / "second.ts"
    first.write_text("1")
    second.write_text("1")
    inputs = inputs_in(tmp_path)
    before = inputs.key("base", source)
    inputs.note(before, source, [str(first)])
    alone = inputs.key("base", source)
    inputs.note(alone, source, [str(first)])
    assert inputs.key("base", source) == alone != before
    first.write_text("imports the second")
    growing = inputs.key("base", source)
    inputs.note(growing, source, [str(first), str(second)])
    assert inputs.of(source) == (first, second)
    both = inputs.key("base", source)
    inputs.note(both, source, [str(first), str(second)])
    assert len({before, alone, growing, both}) == 4
    assert inputs_in(tmp_path).key("base", source) == both
    second.write_text("changed")
    assert inputs.key("base", source) != both


def test_a_state_that_was_bundled_before_has_its_key_again(tmp_path: Path) -> None:
    source, first, second = tmp_path / "src", tmp_path / "first.ts", tmp_path / "second.ts"
    first.write_text("1")
    second.write_text("1")
    inputs = inputs_in(tmp_path)
    inputs.note(inputs.key("base", source), source, [str(first)])
    alone = inputs.key("base", source)
    inputs.note(alone, source, [str(first)])
    first.write_text("imports the second")
    inputs.note(inputs.key("base", source), source, [str(first), str(second)])
    first.write_text("1")
    assert inputs.key("base", source) == alone
    assert inputs.of(source) == (first,)
