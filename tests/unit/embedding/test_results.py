from __future__ import annotations

import pytest

from workbench.client.answers import InvokeAnswer
from workbench.embedding.results import InvocationResult, result_of
from workbench.model.failures import InvalidInput


def result(payload: bytes) -> InvocationResult:
    return result_of(InvokeAnswer(request_id="r", function_error="", executed_version="$LATEST", payload=payload), [])


@pytest.mark.parametrize(("raw", "read"), [(b'{"a": [1, null]}', {"a": [1, None]}), (b'"x"', "x"), (b"null", None), (b"", None),
                                         (b'"\\ud83d"', "\ud83d")])
def test_the_payload_is_read_as_json(raw: bytes, read: object) -> None:
    assert result(raw).payload == read


def test_a_payload_that_is_not_json_is_there_as_bytes() -> None:
    answered = result(b"<html>")
    assert answered.raw_payload == b"<html>"
    with pytest.raises(InvalidInput, match=r"The answer is not JSON: .* raw_payload has its bytes"):
        assert answered.payload
