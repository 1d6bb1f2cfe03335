"""Calls that are copied, and one invocation as a file: what is in it, what is masked, and what no file can do."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from typing import Any

import msgspec
import pytest

from tests.support.event_builders import EventStream
from workbench.model.comparisons import Comparison, SettingDifference
from workbench.model.failures import InvalidInput, WorkbenchError
from workbench.model.past_invocations import Deployed, PastInvocation
from workbench.state.copied_calls import FORMS, Call
from workbench.state.invocation_file import LARGEST_BYTES, exported, opened
from workbench.state.recalled import difference, recall

PAST = PastInvocation(seq=1, request_id="r-1", environment_id="e", function_name="F", version="$LATEST", sandbox="process",
                      is_cold=False, received_ms=0.0, status="success")
DEPLOYED = Deployed(code_sha256="c", configuration_sha256="d", configuration={
    "MemorySize": 128, "Environment": {"Variables": {"API_KEY": "•••••••• 0011223344"}}},
    now=Comparison(left="then", right="now", settings=(SettingDifference(property="MemorySize", left="1", right="2"),)))


def document(**changed: Any) -> dict[str, Any]:
    content = exported("Lambda Workbench 1", PAST, DEPLOYED, EventStream().warm_success("r-1"))
    return json.loads(content) | changed


def test_an_exported_invocation_is_opened_again() -> None:
    content = exported("Lambda Workbench 1", PAST, DEPLOYED, EventStream().warm_success("r-1"))
    found = opened(content)
    assert (found.format, found.format_version, found.invocation) == ("lambda-workbench-invocation", 1, PAST)
    folded = found.folded()
    assert (folded.request_id, folded.status) == ("r-1", "success")
    assert found.deployed.configuration["Environment"] == {"Variables": {"API_KEY": "••••••••"}}
    assert found.deployed.now is None
    assert b"0011223344" not in content


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"null", b"{}", b"\xff", b'{"format": "other"}', b"[" * 100_000, b" " * (LARGEST_BYTES + 1),
    json.dumps(document(formatVersion=2)).encode(), json.dumps(document(events=[])).encode(),
    json.dumps(document(events=[{"seq": 1, "timeMs": 1e400, "type": "function"}])).encode(),
    json.dumps(document(events=[{"seq": 1, "timeMs": 1, "type": "platform.report", "record": {"metrics": "no"}}])).encode(),
    json.dumps(document(events=[{"seq": 1, "timeMs": 1, "type": "sandbox.assigned", "record": {"requestId": "r-1"}}])).encode(),
    json.dumps(document(events=[{"seq": 1, "timeMs": 1, "type": "sandbox.assigned", "record": {"a": 1e300}}])).encode(),
])
def test_what_no_engine_wrote_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(WorkbenchError) as raised:
        opened(content)
    assert raised.value.message.startswith(("This is not an invocation", "This file is from a later version"))


CALL = Call(url="http://127.0.0.1:9001", region="eu-west-3", function_name="It's", event='{"a": "it\'s $HOME"}', qualifier="live")


def test_copied_calls_keep_every_character() -> None:
    cli = shlex.split(FORMS["AWS CLI"](CALL))
    assert cli[cli.index("--payload") + 1] == CALL.event
    assert (cli[cli.index("--function-name") + 1], cli[cli.index("--qualifier") + 1]) == ("It's", "live")
    curl = shlex.split(FORMS["curl"](CALL))
    assert curl[2:] == [CALL.event, "http://127.0.0.1:9001/2015-03-31/functions/It%27s/invocations?Qualifier=live"]
    program = FORMS["boto3"](CALL)
    compile(program, "copied.py", "exec")
    assert "Qualifier='live'" in program
    latest = Call(url="u", region="r", function_name="F", event="{}", qualifier="$LATEST")
    assert all("ualifier" not in form(latest) for form in FORMS.values())


def test_an_event_that_was_cut_off_cannot_be_replayed() -> None:
    stream = EventStream()
    events = stream.warm_success("r-1")
    (sent,) = [each for each in events if each.type == "sandbox.payload" and each.fields()["kind"] == "event"] or [None]
    if sent is not None:
        assert recall(PAST, events).event() == sent.fields()["text"]
    without = [each for each in events if each is not sent]
    with pytest.raises(InvalidInput, match="is not kept in full"):
        recall(PAST, without).event()
    with pytest.raises(InvalidInput, match="Nothing is left"):
        recall(PAST, [])


def test_what_a_replay_runs_otherwise_is_said() -> None:
    assert difference(PAST, DEPLOYED) == "F is not what it was then: its configuration (MemorySize) changed."
    assert difference(PAST, Deployed(now=Comparison(left="then", right="now"))) == ""
    assert difference(PAST, Deployed(why_not="It was not noted.")) == "It was not noted."
    pruned = Comparison(left="then", right="now", why_no_code="It is not kept.")
    assert difference(PAST, Deployed(now=pruned)) == "F is not what it was then: its code changed. It is not kept."


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_long_event_is_a_commands_input() -> None:
    """Linux takes 128 KiB for one argument."""
    event = {"text": "it's $HOME `x` \\ EVENT\nEVENT\n" * 10_000}
    call = msgspec.structs.replace(CALL, event=msgspec.json.format(msgspec.json.encode(event), indent=2).decode())
    for form, stand_in in (("AWS CLI", 'aws() { while [ "$1" != --payload ]; do shift; done; cat "${2#file://}"; }'),
                           ("curl", 'curl() { [ "$2" = @- ] && cat; }')):
        script = f"{stand_in}\n{FORMS[form](call)}"
        ran = subprocess.run(["bash"], input=script, capture_output=True, text=True, timeout=60, check=True)
        assert msgspec.json.decode(ran.stdout) == event, form
    assert len(FORMS["boto3"](call)) > 200_000
