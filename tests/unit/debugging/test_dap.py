import msgspec
import pytest

from workbench.debugging.dap import DapFrames, DapSession, framed, goodbye, release, terminated


def told(**message: object) -> bytes:
    return msgspec.json.encode(message)


def test_messages_are_cut_out_wherever_the_chunks_end() -> None:
    bodies = [told(type="event", event="stopped", text="ü" * 50), told(type="response"), b"{}"]
    wire = b"".join(map(framed, bodies))
    for size in (1, 7, len(wire)):
        frames = DapFrames()
        found = [body for at in range(0, len(wire), size) for body in frames.feed(wire[at:at + size])]
        assert found == bodies


def test_other_headers_and_letters_are_allowed_and_no_length_is_not() -> None:
    assert DapFrames().feed(b"Content-Type: x\r\ncontent-length: 2\r\n\r\n{}") == [b"{}"]
    with pytest.raises(ValueError, match="not the Debug Adapter Protocol"):
        DapFrames().feed(b"Content-Type: x\r\n\r\n")


def test_a_web_page_can_not_speak_to_the_debugger() -> None:
    body = told(seq=1, type="request", command="evaluate")
    for head in (b"POST / HTTP/1.1\r\n", b"Host: 127.0.0.1\r\n"):
        with pytest.raises(ValueError, match="not the Debug Adapter Protocol"):
            DapFrames().feed(head + framed(body))


@pytest.mark.parametrize("command", ["continue", "next", "stepIn", "stepOut", "goto"])
def test_what_stands_and_what_goes_on(command: str) -> None:
    session = DapSession()
    session.from_server(told(type="response", command="attach", success=True))
    assert not session.is_attached
    session.from_server(told(type="response", command="configurationDone", success=True))
    assert session.is_attached
    session.from_server(told(type="event", event="stopped", body={"threadId": 1}))
    session.from_server(told(type="response", command=command, success=False))
    assert session.is_stopped
    session.from_server(told(type="response", command=command, success=True))
    assert not session.is_stopped
    session.from_server(told(type="event", event="stopped"))
    session.from_server(told(type="event", event="continued"))
    assert (session.is_attached, session.is_stopped, session.is_over) == (True, False, False)


@pytest.mark.parametrize("command", ["disconnect", "terminate"])
def test_ending_a_session_never_ends_the_function(command: str) -> None:
    sent = told(seq=7, type="request", command=command, arguments={"terminateDebuggee": True, "restart": True})
    session = DapSession()
    assert msgspec.json.decode(session.from_client(sent)) == {
        "seq": 7, "type": "request", "command": "disconnect", "arguments": {"terminateDebuggee": False, "restart": False}}
    session.from_server(told(type="response", command="disconnect", success=True))
    assert (session.is_attached, session.is_stopped, session.is_over) == (False, False, True)


def test_all_else_goes_on_as_it_came() -> None:
    for body in (b'{"command": "next" ,"seq":1}', b"no json", b"[1]", b'{"command":7}'):
        session = DapSession()
        assert session.from_client(body) == body
        session.from_server(body)


def test_our_own_messages_are_whole() -> None:
    commands = [msgspec.json.decode(body)["command"] for body in DapFrames().feed(release())]
    assert commands == ["initialize", "attach", "configurationDone", "disconnect"]
    assert msgspec.json.decode(DapFrames().feed(goodbye())[0])["arguments"] == {"restart": False, "terminateDebuggee": False}
    assert msgspec.json.decode(DapFrames().feed(terminated())[0])["event"] == "terminated"
