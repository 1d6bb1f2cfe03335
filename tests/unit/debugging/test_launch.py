import pytest

from workbench.debugging.launch import HOOKS, DebuggerPlan, Language, check_variables
from workbench.model.failures import InvalidInput
from workbench.model.function import FunctionConfiguration, SandboxKind


def plan(language: Language, sandbox: SandboxKind) -> DebuggerPlan:
    return DebuggerPlan(language=language, sandbox=sandbox, folder="/a folder", version="3.12" if language == "python" else "20")


def test_python_in_a_process_is_told_where_debugpy_is() -> None:
    chosen = plan("python", "process")
    assert chosen.mounts() == {}
    assert chosen.listens_at(4711) == ("127.0.0.1", 4711)
    assert chosen.variables({"A": "b"}, ("127.0.0.1", 4711)) == {
        "A": "b", "WORKBENCH_DEBUGGER": "127.0.0.1:4711", "WORKBENCH_DEBUGGER_FOLDER": "/a folder"}


def test_python_in_a_container_finds_it_as_a_users_own_package() -> None:
    chosen = plan("python", "docker")
    assert chosen.mounts() == {"/run/workbench-debugger/lib/python3.12/site-packages": "/a folder"}
    assert chosen.listens_at(0) == ("0.0.0.0", 5678)
    assert chosen.variables({}, ("0.0.0.0", 5678)) == {
        "WORKBENCH_DEBUGGER": "0.0.0.0:5678", "PYTHONUSERBASE": "/run/workbench-debugger"}


def test_node_is_told_by_its_options_beside_the_functions_own() -> None:
    variables = plan("nodejs", "process").variables({"NODE_OPTIONS": "--enable-source-maps"}, ("127.0.0.1", 1))
    assert variables["NODE_OPTIONS"].endswith(' --require "/a folder/workbench_debugger.cjs" --enable-source-maps')
    assert variables["WORKBENCH_NODE_OPTIONS"] == "--enable-source-maps"
    in_container = plan("nodejs", "docker")
    assert in_container.mounts() == {"/run/workbench-debugger": "/a folder"}
    assert '"/run/workbench-debugger/workbench_debugger.cjs"' in in_container.variables({}, ("0.0.0.0", 9229))["NODE_OPTIONS"]


def test_the_hooks_are_there() -> None:
    assert {path.name for path in HOOKS["python"].iterdir()} >= {"requirements.txt", "usercustomize.py", "workbench_debugger.py"}
    assert (HOOKS["nodejs"] / "workbench_debugger.cjs").is_file()


def test_variables_that_would_keep_the_debugger_out_are_refused() -> None:
    function = FunctionConfiguration(
        name="F", logical_id="F", runtime="python3.12", handler="a.b", code_path="/", environment={"PYTHONUSERBASE": "/x"})
    check_variables(function, "python", "process")
    check_variables(function, "nodejs", "docker")
    with pytest.raises(InvalidInput, match="F sets PYTHONUSERBASE"):
        check_variables(function, "python", "docker")
