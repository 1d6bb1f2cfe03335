"""Where a Python function finds modules: layers, `.pth` files, and what the runtime has loaded before; in every sandbox.

Source of what Lambda has: recorded environments of the service (2026) and AWS's /var/runtime/bootstrap.py.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.contract.conftest import StartEngine, with_either_client
from tests.contract.test_python_environment import told
from tests.support.workspaces import PYTHON_RUNTIME, WorkspaceBuilder

LAYERED = "Layers: [!Ref Layer]"


def layered(builder: WorkspaceBuilder) -> Path:
    """The workspace, with the folder `layer` as the layer that LAYERED names."""
    workspace = builder.write()
    with (workspace / "template.yaml").open("a") as template:
        template.write("  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}\n")
    return workspace


async def test_layers_come_between_the_task_root_and_the_runtime(start: StartEngine, tmp_path: Path) -> None:
    layer = tmp_path / "w" / "layer"
    site = layer / "python" / "lib" / PYTHON_RUNTIME / "site-packages"
    (layer / "python" / "extra").mkdir(parents=True)
    site.mkdir(parents=True)
    (layer / "python" / "extra.pth").write_text("extra\n")
    (layer / "python" / "extra" / "viapth.py").write_text("word = 'from a .pth of the layer'\n")
    (site / "both.py").write_text("word = 'site-packages'\n")
    (layer / "python" / "both.py").write_text("word = 'python'\n")
    code = """
        import sys, both, viapth, other
        def handler(event, context):
            return [both.word, viapth.word, other.word, sys.path]
    """
    files = {"app.py": code, "own.pth": "vendored\n", "vendored/other.py": "word = 'from a .pth of the code'\n"}
    engine = await start(layered(WorkspaceBuilder(tmp_path / "w").function("Function", files, properties=LAYERED)))
    *words, path = await told(engine)
    assert words == ["site-packages", "from a .pth of the layer", "from a .pth of the code"]
    opt = path[2].removesuffix("/python")
    assert path[1:3] == [f"{opt}/python/lib/{PYTHON_RUNTIME}/site-packages", f"{opt}/python"]
    assert path[-2:] == [f"{path[0]}/vendored", f"{opt}/python/extra"]


@with_either_client
async def test_a_pythonpath_of_the_functions_own_takes_the_place_of_layers(start: StartEngine, tmp_path: Path) -> None:
    (tmp_path / "w" / "layer" / "python").mkdir(parents=True)
    (tmp_path / "w" / "layer" / "python" / "layered.py").write_text("")
    code = """
        import os, sys, builtins
        def handler(event, context):
            try:
                import layered
                return "found"
            except ImportError:
                return [sys.path[:3], os.environ["PYTHONPATH"], builtins.customized, os.environ["LAMBDA_RUNTIME_DIR"]]
    """
    files = {"app.py": code, "own/sitecustomize.py": "import builtins\nbuiltins.customized = 'yes'\n"}
    builder = WorkspaceBuilder(tmp_path / "w").function(
        "Function", files, properties=LAYERED, environment={"PYTHONPATH": "/var/task/own"})
    path, variable, customized, runtime = await told(await start(layered(builder)))
    task = path[0]
    assert path == [task, runtime, f"{task}/own"]
    assert (variable, customized) == (f"{task}/own", "yes")


HELPERS = ("json", "logging", "decimal", "traceback", "string", "re", "typing", "random")


@with_either_client
async def test_what_the_runtime_has_loaded_is_not_found_in_the_functions_folder(start: StartEngine, tmp_path: Path) -> None:
    code = f"""
        import os, sys
        sys.path.insert(0, os.path.join(os.getcwd(), "later"))
        def handler(event, context):
            return {{name: getattr(__import__(name), "mine", None) for name in {HELPERS}}}
    """
    files = {"app.py": code, **{f"{name}.py": "mine = 'yes'\n" for name in HELPERS}, "later/enum.py": "raise SystemExit\n"}
    seen = await told(await start(WorkspaceBuilder(tmp_path / "w").function("Function", files).write()))
    assert {name for name, mine in seen.items() if mine} == {"typing", "random"}  # these AWS's client does not load


NAMED_LIKE_ITS_OWN = {
    "Json": ("json.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'json'"),
    "Sys": ("sys.handler", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
}
"""Function name -> handler, error type, message."""


@with_either_client
async def test_a_handler_file_named_like_a_module_of_the_runtime(start: StartEngine, tmp_path: Path) -> None:
    files = {"json.py": "def handler(event, context): return 1\n", "sys.py": "def handler(event, context): return 1\n"}
    builder = WorkspaceBuilder(tmp_path / "w")
    for name, (handler, _, _) in NAMED_LIKE_ITS_OWN.items():
        builder.function(name, files, handler=handler)
    engine = await start(builder.write())
    for name, (_, kind, message) in NAMED_LIKE_ITS_OWN.items():
        document = json.loads((await engine.invoke(function=name)).payload)
        assert (document["errorType"], document["errorMessage"]) == (kind, message)
