"""Lambda's folders in variables of a process are led to those of this machine, also inside the options of interpreters."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.sandbox.process.variables import process_environment


def variable(name: str, value: str) -> str:
    own = {name: value}
    return process_environment(
        own, own, code_folder="/home/me/src", temp_folder=Path("/tmp/own"), interpreter="/usr/bin/node", opt_path="/cache/opt",
        runtime_folder=Path("/bootstraps"))[name]


@pytest.mark.parametrize(("given", "seen"), [
    ("--require /opt/hook.js", "--require /cache/opt/hook.js"),
    ("-r /var/task/a.js --import=file:///opt/b.mjs", "-r /home/me/src/a.js --import=file:///cache/opt/b.mjs"),
    ("--enable-source-maps --require \"/opt/nodejs/x y.js\"", "--enable-source-maps --require \"/cache/opt/nodejs/x y.js\""),
    ("--require /usr/opt/hook.js", "--require /usr/opt/hook.js"),
    ("--require /optional/hook.js ./opt/a.js", "--require /optional/hook.js ./opt/a.js"),
    ("--max-old-space-size=100", "--max-old-space-size=100"),
])
def test_options_of_node(given: str, seen: str) -> None:
    assert variable("NODE_OPTIONS", given) == seen


def test_options_of_ruby() -> None:
    assert variable("RUBYOPT", "-r/opt/ruby/hook -I/var/task/lib") == "-r/cache/opt/ruby/hook -I/home/me/src/lib"


def test_other_variables_are_whole_paths_or_left_alone() -> None:
    assert variable("CONFIG", "/opt/config.json") == "/cache/opt/config.json"
    assert variable("NOTE", "see /opt/config.json") == "see /opt/config.json"
