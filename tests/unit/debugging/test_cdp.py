from workbench.debugging.cdp import RUN, CdpSession


def test_attached_when_the_program_may_run() -> None:
    session = CdpSession(is_attached=False)
    session.from_client('{"id":1,"method":"Debugger.enable"}')
    assert not session.is_attached
    session.from_client(RUN)
    assert session.is_attached


def test_attached_at_once_where_nothing_waits() -> None:
    assert CdpSession(is_attached=True).is_attached


def test_stopped_and_going_on() -> None:
    session = CdpSession(is_attached=True)
    session.from_server('{"method":"Debugger.paused","params":{"callFrames":[],"reason":"other"}}')
    assert session.is_stopped
    session.from_server('{"id":3,"result":{"method":"Debugger.resumed"}}')
    assert session.is_stopped
    session.from_server('{"method":"Debugger.resumed","params":{}}')
    assert not session.is_stopped


def test_over_when_the_main_context_is_gone() -> None:
    session = CdpSession(is_attached=True)
    session.from_server('{"method":"Runtime.executionContextDestroyed","params":{"executionContextId":4}}')
    session.from_server("no json")
    assert not session.is_over
    session.from_server('{"method":"Runtime.executionContextDestroyed","params":{"executionContextId":1}}')
    assert session.is_over
