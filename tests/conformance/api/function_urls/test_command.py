"""`workbench urls` beside a running engine, and without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import command_here
from tests.support.function_urls import Url
from tests.support.shared_engine import SharedEngine
from workbench.model.overrides import MASK

NAMES = ["Buffered", "Open", "Signed", "Stream", "Whole"]


def test_where_the_urls_are(
    engine: SharedEngine, url: Url, state_home: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state_home)
    workspace = ("-w", str(engine.workspace))
    done = command_here(capsys, "urls", "Open", *workspace)
    assert (done.status, done.out) == (
        0, f"Open  NONE, BUFFERED\n  browser, curl  {url.url}\n  programs       {url.for_programs}\n")
    listed = json.loads(command_here(capsys, "urls", *workspace, "--json").out)
    assert [each["function"] for each in listed] == NAMES
    assert listed[1] == {"function": "Open", "alias": "", "region": "us-east-1", "url": url.url, "programUrl": url.for_programs,
                         "authType": "NONE", "invokeMode": "BUFFERED"}
    assert command_here(capsys, "urls", "Nowhere", *workspace).out == "There is no function URL.\n"
    refused = command_here(capsys, "urls", "Nowhere", *workspace, "--open")
    assert (refused.status, refused.err.splitlines()[0]) == (2, "workbench: Nowhere has no function URL.")


def test_a_request_and_its_response(
    engine: SharedEngine, url: Url, state_home: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state_home)
    workspace = ("-w", str(engine.workspace))
    answered = url.send("POST", "/orders?dry=1", b"\x1b[1m", Content_Type="text/plain", Cookie="s=abc",
                        x_answer='{"statusCode": 201, "body": "ok"}')
    request_id = answered.headers["x-amzn-requestid"]
    lines = command_here(capsys, "urls", "--request", request_id, *workspace).out.splitlines()
    assert lines[0] == "POST /orders?dry=1 HTTP/1.1"
    assert f"Cookie: s={MASK}" in lines
    assert "G1sxbQ==" in lines, "what could move the cursor is no text"
    assert lines[-1] == "ok"
    document = json.loads(command_here(capsys, "urls", "--request", request_id, *workspace, "--json").out)
    assert (document["requestId"], document["response"]["status"]) == (request_id, 201)
    refused = command_here(capsys, "urls", "--request", "unknown", *workspace)
    assert (refused.status, refused.err.splitlines()[0]) == (2, "workbench: The engine has no HTTP request unknown.")


def test_one_is_opened(engine: SharedEngine, url: Url, state_home: str, tmp_path: Path) -> None:
    """In what the person has chosen as the browser; here, a program that notes the address."""
    browser = tmp_path / "browser.py"
    browser.write_text("import pathlib, sys\npathlib.Path(__file__).with_name('opened').write_text(sys.argv[1])\n")
    surroundings = {**os.environ, "XDG_STATE_HOME": state_home, "BROWSER": f"{sys.executable} {browser} %s"}

    command = [sys.executable, "-m", "workbench", "urls", "Open", "-w", str(engine.workspace), "--open"]
    subprocess.run(command, env=surroundings, capture_output=True, timeout=60, check=True)
    assert (tmp_path / "opened").read_text() == url.url


def test_without_an_engine_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command_here(capsys, "urls", "-w", str(tmp_path))
    assert (done.status, done.err) == (
        2, "workbench: No engine serves this workspace, and so no function URL.\n  workbench serve or the window starts one.\n")
