"""Numbers and bodies of callers."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from workbench.gateway.reading import decoded, number_in
from workbench.model.engine_api import Settings
from workbench.model.failures import ServiceError


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "9" * 5_000, "²", "٣", "", "1e3", " 1", "+1"])
def test_what_is_no_number_is_said(text: str) -> None:
    from urllib.parse import quote

    request = make_mocked_request("GET", f"/?n={quote(text)}")
    with pytest.raises(ServiceError, match=r"n is a whole number from 0, not"):
        number_in(request, "n", 5)


def test_bounds_and_defaults() -> None:
    request = make_mocked_request("GET", "/?n=7")
    assert number_in(request, "n", 5) == 7
    assert number_in(request, "m", 5) == 5
    with pytest.raises(ServiceError, match="from 8 to 9, not '7'"):
        number_in(request, "n", 8, least=8, most=9)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"9" * 5_000, b'{"idleLimitS":1e400}', b'{"region":"\xff"}',
                                  b"null"])
def test_a_body_of_another_form_is_the_callers_mistake(body: bytes) -> None:
    with pytest.raises(ServiceError, match=r"^The settings are not valid: ") as raised:
        decoded(body, Settings, "The settings are")
    assert raised.value.status == 400
