"""Which modules are the runtime's own, because AWS's client has loaded them: what our bootstrap says against the client."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.test_python import BOOTSTRAP, needs_oracle
from tests.support.pythons import other_pythons
from tests.support.runtime_api_server import run_client

PYTHONS = [sys.executable, *map(str, other_pythons())]
TELLS = "import sys\nraise ValueError(' '.join({name.partition('.')[0] for name in sys.modules}))\n"
ASKS = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("bootstrap", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(json.dumps(["%d.%d" % sys.version_info[:2], sys.builtin_module_names, sorted(module.LOADED_BY_LAMBDA)]))
"""
OF_THE_START = {"__main__", "_frozen_importlib", "_frozen_importlib_external", "runpy", "told_at_import"}
"""There in every Python, or only because the client is started with -m here."""
OF_LAMBDAS_OWN_FILE = {"_sitebuiltins", "site", "runtime_client"}
"""AWS's bootstrap.py brings `site`; the client's compiled part is installed for the tests' own Python alone."""


@needs_oracle
@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: Path(path).parents[1].name)
def test_what_is_recorded_is_what_awss_client_loads(python: str, tmp_path: Path) -> None:
    told = subprocess.run([python, "-S", "-c", ASKS, str(BOOTSTRAP)], check=True, capture_output=True)
    version, built_in, recorded = json.loads(told.stdout)
    loaded = _loaded_by_awslambdaric(python, version, tmp_path)
    always = {*OF_THE_START, *built_in}
    assert sorted(loaded - always - set(recorded)) == []
    assert sorted(set(recorded) - always - OF_LAMBDAS_OWN_FILE - loaded) == []


def _loaded_by_awslambdaric(python: str, version: str, folder: Path) -> set[str]:
    """Names of the modules that were there when the client imported the handler, packages without what is in them."""
    packages = folder / "packages"
    packages.mkdir()
    for name in ("awslambdaric", "simplejson"):
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        (packages / name).symlink_to(Path(found.origin).parent)
    (folder / "told_at_import.py").write_text(TELLS)
    environment = {"PYTHONPATH": str(packages), "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}"}
    outcome = run_client([python, "-B", "-S", "-m", "awslambdaric", "told_at_import.handler"], folder, environment, ())
    return set(outcome.posts[0].document()["errorMessage"].split())
