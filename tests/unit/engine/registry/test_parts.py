"""What belongs to a function, and what to one of its qualifiers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from workbench.engine.registry.attached import ConcurrencyRecord, EventInvokeRecord, PolicyRecord, TagsRecord
from workbench.engine.registry.records import AliasRecord, Code, Definition, FunctionRecord, Record, VersionRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.store import RegistryStore
from workbench.model.lambda_names import Scope

HERE, ELSEWHERE = Scope("us-east-1", "123456789012"), Scope("eu-west-1", "123456789012")
DEFINITION = Definition(Code(sha256="x"), {})
STATEMENT = {"Sid": "s", "Effect": "Allow", "Principal": "*",
             "Condition": {"StringEquals": {"b": "1", "a": "2"}, "ArnLike": {"c": "3"}}}
ALIAS = AliasRecord(scope=HERE, function_name="f", name="live", version="1", revision_id="r")
VERSION = VersionRecord(scope=HERE, function_name="f", version="1", definition=DEFINITION, revision_id="r", modified_ms=1)
TAGS = TagsRecord(scope=HERE, function_name="f", tags={"a": "b"})
OF_ALIAS = PolicyRecord(scope=HERE, function_name="f", qualifier="live", revision_id="r", statements=(STATEMENT,))
OF_FUNCTION = EventInvokeRecord(scope=HERE, function_name="f", qualifier="$LATEST", modified_ms=1, retries=0)
OTHERS: tuple[Record, ...] = (
    FunctionRecord(scope=HERE, name="f", definition=DEFINITION, revision_id="r", modified_ms=1),
    ConcurrencyRecord(scope=HERE, function_name="ff", reserved=1),
    ConcurrencyRecord(scope=ELSEWHERE, function_name="f", reserved=1),
)


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[Registry]:
    registry = Registry(RegistryStore(tmp_path / "registry.sqlite"))
    async with registry.changing() as change:
        for record in (ALIAS, VERSION, TAGS, OF_ALIAS, OF_FUNCTION, *OTHERS):
            change.keep(record)
    yield registry
    await registry.close()


async def test_what_belongs_to_a_function(registry: Registry) -> None:
    assert {type(part) for part in registry.parts_of(HERE, "f")} == {
        AliasRecord, VersionRecord, TagsRecord, PolicyRecord, EventInvokeRecord}
    assert registry.parts_of(HERE, "live") == []


async def test_what_belongs_to_a_qualifier(registry: Registry) -> None:
    assert registry.parts_of(HERE, "f", "live") == [OF_ALIAS]
    assert registry.parts_of(HERE, "f", "$LATEST") == [OF_FUNCTION]
    assert registry.parts_of(HERE, "f", "2") == []


async def test_a_change_is_told_when_it_is_in_force(registry: Registry) -> None:
    told: list[object] = []
    registry.after_change = lambda keys: told.append((registry.get(TagsRecord, HERE, "f"), keys))
    async with registry.changing() as change:
        change.remove(TAGS)
        assert told == []
    assert told == [(None, {(TagsRecord, TAGS.key)})]


async def test_members_of_a_statement_keep_their_order_on_disk(registry: Registry, tmp_path: Path) -> None:
    store = RegistryStore(tmp_path / "registry.sqlite")
    found = next(record for record in await store.load() if isinstance(record, PolicyRecord))
    await store.close()
    assert str(found.statements[0]) == str(STATEMENT)
