"""Engines of programs from start to end: what they are given, what they keep, and what is said of those that do not start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.engines import served
from tests.support.workspaces import one_function
from workbench import Engine
from workbench.embedding.waiting import wait_for
from workbench.model.failures import EngineError, WorkspaceError


def test_a_call_that_waits_when_the_engine_is_closed_ends(tmp_path: Path) -> None:
    slow = "import time\ndef handler(event, context):\n    print('begun', flush=True)\n    time.sleep(60)\n"
    engine = Engine(one_function(tmp_path / "w", slow, timeout_s=90), sandbox="process").start()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(engine.invoke, "Function")
        assert wait_for(lambda: engine.logs.lines("begun") or None, 60)
        engine.close()
        with pytest.raises(EngineError):
            waiting.result(60)


def test_values_and_nothing_of_the_persons(application: Path) -> None:
    options = {"parameters": {"Stage": "test 1"}, "env_vars": {"Echo": {"KEY": "secret"}}, "sandbox": "process"}
    # A window may have the same folder open meanwhile.
    with served(application, "--sandbox", "process"), Engine(application, **options) as engine:
        answered = engine.invoke("Echo").payload
        assert (answered["STAGE"], answered["KEY"], answered["home"]) == ("test 1", "secret", None)
        written = (application / "echo" / "app.py").read_text().replace('"count": count', '"count": -1')
        (application / "echo" / "app.py").write_text(written)
        engine.refresh()
        assert engine.invoke("Echo").payload["count"] == -1


def test_what_is_kept_and_what_is_not(application: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        with Engine(application, state=tmp_path / "state", sandbox="process") as engine:
            engine.queue.hold()
            engine.invoke("Echo", number)
            engine.invoke_async("Echo", number)
            client = engine.boto3_client("lambda")
            if number == 1:
                client.put_function_concurrency(FunctionName="Echo", ReservedConcurrentExecutions=7)
        assert not (application / ".workbench").exists()
    with Engine(application, state=tmp_path / "state", sandbox="process") as engine:
        assert [event.payload for event in engine.queue.list()] == ["1", "2"]
        assert [line.text for line in engine.logs.lines("event")] == ["event 1", "event 2"]
        client = engine.boto3_client("lambda")
        assert client.get_function_concurrency(FunctionName="Echo")["ReservedConcurrentExecutions"] == 7
        with pytest.raises(EngineError, match=r"An engine already has this state: http.* Close it first"):
            Engine(application, state=tmp_path / "state").start()
        assert engine.invoke("Echo").status == "success", "the first one was left in peace"


def test_what_is_said_before_and_after(application: Path) -> None:
    engine = Engine(application, sandbox="process")
    with pytest.raises(EngineError, match=r"This engine does not run\. Use it in a with block"):
        engine.invoke("Echo")
    with engine:
        with pytest.raises(EngineError, match="This engine was started before"):
            engine.start()
        queue = engine.queue
    with pytest.raises(EngineError, match="This engine does not run"):
        queue.list()
    with pytest.raises(EngineError, match="This engine does not run"):
        assert engine.endpoint_url
    with engine:
        assert engine.invoke("Echo").status == "success", "it can be started again"


@pytest.mark.parametrize(("files", "options", "said"), [
    ({}, {}, r"has no template\.yaml\. Choose the folder of a SAM application"),
    ({"template.yaml": "Resources: {}"}, {"env_vars": "none.json"}, r"environment variables .*none\.json could not be read"),
])
def test_a_folder_that_cannot_be_used(tmp_path: Path, files: dict[str, str], options: dict[str, str], said: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.raises(WorkspaceError, match=said):
        Engine(folder, **options).start()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"There is no folder .*nowhere\. Name the folder of a SAM application\."):
        Engine(tmp_path / "nowhere").start()


def test_an_engine_that_does_not_start_says_why(application: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "msgspec.py").write_text("raise ImportError('a broken installation')")
    with pytest.raises(EngineError, match=r"The engine did not start: ImportError: a broken installation\Z"):
        Engine(application).start()
    assert {each.name for each in tmp_path.iterdir()} == {"app", "broken"}, "no state stays behind"
