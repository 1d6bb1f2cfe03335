"""A real browser calls function URLs by their names below localhost, from a page of another origin.

Source: the Fetch standard, "CORS protocol": a page sees an answer only if its headers say so, and sends what is no simple request
only after a preflight that allows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browsers import Page, chromium, page
from tests.support.function_urls import Url, url_of
from tests.support.nodes import NotInstalled

SCRIPT = """
    const asked = (own) => ({ method: "POST", body: '{"n": 1}', headers: { "Content-Type": "application/json", ...own } });
    const told = async (url, options) => {
      try {
        const answer = await fetch(url, options);
        const event = await answer.json();
        return [answer.status, event.body, event.headers.origin, answer.headers.get("x-workbench-hint")];
      } catch (error) {
        return [error.name];
      }
    };
    const url = "URL";
    return {
      posted: await told(url, asked({})), "with a header that is not allowed": await told(url, asked({ "x-other": "1" })),
      failed: await fetch(url, asked({ "x-fail": "boom" })).then((answer) => answer.status, (error) => error.name),
      "without asking": await fetch(url, { method: "POST", body: "a", mode: "no-cors" }).then((answer) => answer.type),
    };
"""


@pytest.fixture
def other_page() -> Iterator[Page]:
    try:
        chromium()
    except NotInstalled as reason:
        pytest.skip(str(reason))
    with page() as served:
        yield served


def test_a_page_of_another_origin(client: Any, url: Url, other_page: Page, tmp_path: Path) -> None:
    """Without CORS the page sees nothing; with it, answers and failures, and no more than is allowed."""
    script = SCRIPT.replace("URL", url.url)
    without = other_page.run(script, tmp_path / "first")
    assert without == {"posted": ["TypeError"], "with a header that is not allowed": ["TypeError"], "failed": "TypeError",
                       "without asking": "opaque"}
    client.update_function_url_config(FunctionName="Open", Cors={
        "AllowOrigins": [other_page.origin], "AllowMethods": ["POST"], "AllowHeaders": ["content-type", "x-fail"]})
    allowed = other_page.run(script, tmp_path / "second")
    client.update_function_url_config(FunctionName="Open", Cors={})
    assert allowed == {"posted": [200, '{"n": 1}', other_page.origin, None],
                       "with a header that is not allowed": ["TypeError"], "failed": 502, "without asking": "opaque"}


def test_a_page_reads_a_stream_while_it_is_written(client: Any, other_page: Page, tmp_path: Path) -> None:
    stream, gate = url_of(client, "Stream"), tmp_path / "gate"
    gate.touch()
    client.update_function_url_config(FunctionName="Stream", Cors={"AllowOrigins": ["*"]})
    client.update_function_url_config(FunctionName="Open", Cors={"AllowOrigins": ["*"]})
    found = other_page.run(f"""
        const answer = await fetch("{stream.url}?fail=1&gate={gate}");
        const reader = answer.body.getReader();
        const first = new TextDecoder().decode((await reader.read()).value);
        await fetch("{url_of(client, 'Open').url}?remove={gate}");
        const rest = await reader.read().then((part) => "read", (error) => error.name);
        return [answer.status, first, rest];
    """, tmp_path / "browser")
    for name in ("Stream", "Open"):
        client.update_function_url_config(FunctionName=name, Cors={})
    assert found == [201, "first ", "TypeError"]
