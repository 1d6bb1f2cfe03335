"""A person's events are plain files whose bytes belong to the person."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.workspace.events import EventFiles


@pytest.fixture
def events(tmp_path: Path) -> EventFiles:
    return EventFiles(tmp_path)


def names(events: EventFiles, function: str | None = None) -> list[str]:
    return [event.name for event in events.list(function)]


def test_no_folder_means_no_events(events: EventFiles) -> None:
    assert events.list() == ()


@given(content=st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_come_back_as_they_were(events: EventFiles, content: bytes) -> None:
    saved = events.save("any", content)
    assert events.read("any") == content
    assert saved.size_bytes == len(content)


def test_events_of_a_function_and_common_ones(events: EventFiles, tmp_path: Path) -> None:
    for name in ("b", "A", "Hello/x", "Other/y"):
        events.save(name, b"{}")
    for odd in ("notes.txt", ".hidden.json", "deep/er/z.json", ".git/w.json"):
        path = tmp_path / "events" / odd
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert names(events) == ["A", "b", "Hello/x", "Other/y"]
    assert names(events, "Hello") == ["A", "b", "Hello/x"]
    assert events.list()[2].function == "Hello"


def test_new_events_never_overwrite(events: EventFiles) -> None:
    assert [events.save_new("order", bytes([n])).name for n in range(3)] == ["order", "order-2", "order-3"]
    assert events.free_name("ORDER") == "ORDER-2" or events.free_name("ORDER") == "ORDER-4"
    assert events.read("order") == b"\0"


def test_rename_delete_and_their_refusals(events: EventFiles) -> None:
    events.save("a", b"1")
    events.save("b", b"2")
    with pytest.raises(InvalidInput, match="already an event b"):
        events.rename("a", "b")
    assert events.rename("a", "Hello/c").name == "Hello/c"
    assert events.rename("b", "b").name == "b"
    events.path_of("b").unlink()
    assert names(events) == ["Hello/c"]
    for act in (lambda: events.read("b"), lambda: events.rename("b", "d")):
        with pytest.raises(WorkspaceError, match="event b could not be"):
            act()


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/../../x", "/etc/passwd", "a/b/c", "a\\b", ".x", "a//b", "a/",
                                  "con", "NUL.x", "x\0", "x\n", " x", "x ", "x.", "a:b", "a*", "x" * 101])
def test_names_can_not_leave_the_folder_or_trouble_a_system(events: EventFiles, tmp_path: Path, name: str) -> None:
    for act in (lambda: events.save(name, b""), lambda: events.read(name), lambda: events.path_of(name),
                lambda: events.save_new(name, b"")):
        with pytest.raises(InvalidInput):
            act()
    assert list(tmp_path.iterdir()) == []


def test_a_link_out_of_the_folder_is_refused(events: EventFiles, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(InvalidInput, match="outside"):
        events.save("link/x", b"")
    (tmp_path / "outside" / "x.json").touch()
    (tmp_path / "events" / "y.json").symlink_to(tmp_path / "outside" / "x.json")
    with pytest.raises(InvalidInput, match="outside"):
        events.save("y", b"")
    assert events.list() == ()


def test_a_read_only_folder_is_told(events: EventFiles, tmp_path: Path,
        read_only: Callable[[Path], AbstractContextManager[None]]) -> None:
    folder = Path(events.save("a", b"1").path).parent
    folder.joinpath("a.json").chmod(0o666)
    for act in (lambda: events.save("a", b"2"), lambda: events.save_new("n", b"2"), lambda: events.save("F/a", b""),
                lambda: events.rename("a", "b")):
        with read_only(folder), pytest.raises(WorkspaceError, match="could not be"):
            act()
    assert events.read("a") == b"1"
    assert [path.name for path in folder.iterdir()] == ["a.json"]


def test_what_an_event_expects_goes_with_it(events: EventFiles, tmp_path: Path) -> None:
    events.save("Hello/order", b"{}")
    assert (events.expectation("Hello/order"), len(events.files_of("Hello/order"))) == (b"", 1)
    events.expect("Hello/order", b"[1]")
    assert (events.expectation("Hello/order"), names(events)) == (b"[1]", ["Hello/order"])
    events.rename("Hello/order", "paid")
    assert (events.expectation("paid"), events.expectation("Hello/order")) == (b"[1]", b"")
    assert [path.name for path in events.files_of("paid")] == ["paid.json", "paid.expect"]
    events.expect("paid", b"")
    events.expect("paid", b"")
    assert not (tmp_path / "events" / "paid.expect").exists()


def test_the_file_for_what_an_event_expects_stays_only_with_text_in_it(events: EventFiles, tmp_path: Path) -> None:
    events.save("Hello/order", b"{}")
    path = events.begin_expectation("Hello/order")
    assert path == tmp_path / "events" / "Hello" / "order.expect"
    path.write_text("[1]")
    os.utime(path, ns=(1, 1))
    assert events.begin_expectation("Hello/order").stat().st_mtime_ns == 1  # it was not written
    events.drop_blank_expectation("Hello/order")
    assert path.exists()
    path.write_text(" \n")
    events.drop_blank_expectation("Hello/order")
    events.drop_blank_expectation("Hello/order")
    assert not path.exists()


def test_a_file_has_the_name_of_its_event(events: EventFiles, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    for name in ("order", "Hello/order", "a.b"):
        assert events.name_of(folder / f"{name}.json") == events.name_of(folder / f"{name}.expect") == name
    others = (folder / "order.py", folder / "a" / "b" / "c.json", tmp_path / "order.json", folder, Path("events/order.json"))
    assert {events.name_of(path) for path in others} == {""}


def test_what_an_event_expects_can_not_be_elsewhere(events: EventFiles, tmp_path: Path) -> None:
    events.save("y", b"")
    (tmp_path / "outside").write_text("1")
    (tmp_path / "events" / "y.expect").symlink_to(tmp_path / "outside")
    for act in (lambda: events.expectation("y"), lambda: events.expect("y", b"2"), lambda: events.files_of("y")):
        with pytest.raises(InvalidInput, match="outside"):
            act()
    assert (tmp_path / "outside").read_text() == "1"
