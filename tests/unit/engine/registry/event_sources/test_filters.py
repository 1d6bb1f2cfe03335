"""What is a filter pattern and what is none. Source: recorded answers of the service; Lambda guide, "Filter rule syntax"."""

from __future__ import annotations

import pytest

from workbench.engine.registry.event_sources.filters import check_filters, is_pattern
from workbench.model.failures import ServiceError


@pytest.mark.parametrize("text", [
    '{"body":["exact text"]}', '{"body":{"k":["v"]}}', '{"k":[null]}', '{"k":[""]}', '{"k":[100, true]}',
    '{"k":[{"equals-ignore-case":"alice"}]}', '{"$or":[{"a":["x"]},{"b":["y"]}]}', '{"k":[{"anything-but":["x"]}]}',
    '{"k":[{"numeric":[">",10,"<=",20]}]}', '{"k":[{"exists":false}]}', '{"k":[{"prefix":"us-"}]}', '{"k":[{"suffix":".png"}]}',
    '{"dynamodb":{"NewImage":{"status":{"S":["open"]}}}}'])
def test_patterns(text: str) -> None:
    assert is_pattern(text)
    check_filters({"Filters": [{"Pattern": text}]})


@pytest.mark.parametrize("text", [
    "null", "text", '"text"', "[]", '{"k":"v"}', '{"k":[]}', '{"k":', "", '{"k":1}', '{"k":null}', '{"k":[["v"]]}',
    '{"k":[{"unknown":"v"}]}', '{"k":[{"prefix":"a","suffix":"b"}]}', '{"$or":[]}', '{"$or":{"a":["x"]}}', '{"$or":["x"]}',
    '{"k":' * 200 + '["v"]' + "}" * 200, '{"k":' * 50_000])
def test_what_is_no_pattern(text: str) -> None:
    assert not is_pattern(text)
    with pytest.raises(ServiceError, match=r"Invalid filter pattern definition\."):
        check_filters({"Filters": [{"Pattern": '{"k":["v"]}'}, {"Pattern": text}]})


def test_no_filters() -> None:
    check_filters({})
    check_filters({"Filters": []})
