"""Places in source files that log lines name."""

from __future__ import annotations

import time

import pytest

from workbench.state.source_places import source_places


@pytest.mark.parametrize(("text", "places"), [
    ('  File "/w/src/app.py", line 7, in handler', [('File "/w/src/app.py", line 7', "/w/src/app.py", 7, 1)]),
    ('{"stackTrace": ["  File \\"/w/a b/app.py\\", line 7, in h\\n"]}',
     [('File \\"/w/a b/app.py\\", line 7', "/w/a b/app.py", 7, 1)]),
    ("    at handler (/var/task/index.js:3:11)", [("/var/task/index.js:3:11", "/var/task/index.js", 3, 11)]),
    ("    at handler (file:///w/my%20project/index.mjs:3:11)",
     [("file:///w/my%20project/index.mjs:3:11", "/w/my project/index.mjs", 3, 11)]),
    ("    at async /w/index.mjs:3:11", [("/w/index.mjs:3:11", "/w/index.mjs", 3, 11)]),
    ("at f (/w/my project/index.js:3:11)", [("/w/my project/index.js:3:11", "/w/my project/index.js", 3, 11)]),
    ("/w/index.js:12", [("/w/index.js:12", "/w/index.js", 12, 1)]),
    ("/w/app.rb:3:in 'handler': no (RuntimeError)", [("/w/app.rb:3", "/w/app.rb", 3, 1)]),
    ("at f (C:\\w\\index.js:3:1)", [("C:\\w\\index.js:3:1", "C:\\w\\index.js", 3, 1)]),
    ("at f (file:///C:/w/index.js:3:1)", [("file:///C:/w/index.js:3:1", "C:/w/index.js", 3, 1)]),
    ("/a.js:1 and /b.js:2:3", [("/a.js:1", "/a.js", 1, 1), ("/b.js:2:3", "/b.js", 2, 3)]),
    ("REPORT RequestId: 1 Duration: 2 ms http://127.0.0.1:9001/x node:internal/modules:3:4 12:30:05", []),
])
def test_places_are_found(text: str, places: list[tuple[str, str, int, int]]) -> None:
    found = source_places(text)
    assert [(text[each.start:each.end], each.path, each.line, each.column) for each in found] == places


HOSTILE = ["(/" * 8_000, "/" * 16_000, 'File "' * 3_000, "/a" * 8_000 + ":", "C:\\" * 5_000, "(file://" * 2_000]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_line_costs_little(text: str) -> None:
    before_s = time.process_time()
    source_places(text)
    assert time.process_time() - before_s < 0.5
