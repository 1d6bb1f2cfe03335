"""Test images that keep the contract of AWS's base images, made from Debian packages: nothing is pulled from a registry.

The contract: `/lambda-entrypoint.sh` takes exactly one argument (else exit 142), exports it as _HANDLER and runs
`/var/runtime/bootstrap`; code in /var/task, layers in /opt. Inside runs AWS's own runtime client for Python and Node.js; for
Ruby and Java a client of our own (`docker_languages`). An image is built again only when its recipe changed. Standard library
only:

    python tests/support/docker_images.py       # builds what is missing, prints the image of each runtime family
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

if __name__ == "__main__":  # run by path, before the project is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.docker_engine import engine_answers
from tests.support.docker_languages import build_languages, present_languages
from tests.support.image_building import (
    BASE,
    CHANGES,
    change_options,
    derive,
    output,
    present_images,
    run,
    write_program,
)
from tests.support.nodes import CLIENT_VERSIONS, NotInstalled, callbacks_client
from tests.support.one_at_a_time import one_at_a_time

_BASE_PACKAGES = ("python3", "nodejs", "ca-certificates")
_PYTHON_CLIENT = "awslambdaric"
_NODE_CLIENT = f"aws-lambda-ric@{CLIENT_VERSIONS['callbacks']}"

_ENTRYPOINT = """#!/bin/sh
if [ $# -ne 1 ]; then
  echo "entrypoint requires the handler name to be the first argument" 1>&2
  exit 142
fi
export _HANDLER="$1"
exec /var/runtime/bootstrap
"""

_PYTHON_BOOTSTRAP = """#!/bin/sh
export PYTHONPATH=/var/runtime
exec ${AWS_LAMBDA_EXEC_WRAPPER:-} /usr/bin/python3 -m awslambdaric "$_HANDLER"
"""

_NODE_BOOTSTRAP = """#!/bin/sh
export NODE_PATH=/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task
exec ${AWS_LAMBDA_EXEC_WRAPPER:-} /usr/bin/node /var/runtime/node_modules/aws-lambda-ric/bin/index.mjs "$_HANDLER"
"""

_LEFT_OUT = ("./var/cache", "./var/lib/apt/lists", "./usr/share/doc", "./usr/share/man", "./usr/share/locale",
             "./dev", "./proc", "./sys")


def ensure_images() -> dict[str, str]:
    """The image of each family that can be built here: {"python": "workbench-test/python:3.11", "node": …, "ruby": …}.

    Needs an engine (`docker_engine.ensure_engine`), root and debootstrap when an image is missing. "node" is left out
    where AWS's client for Node.js can not be compiled. Raises CalledProcessError when a step fails.
    """
    with one_at_a_time("docker-images"):
        return _present_or_built()


def _present_or_built() -> dict[str, str]:
    present = present_images(_recipe())
    if not ({"python", "provided"} <= present.keys() and ("node" in present or shutil.which("npm") is None)):
        with tempfile.TemporaryDirectory(prefix="workbench-images-") as work:
            return _build_all(Path(work))
    build_languages(_recipe())
    return present | present_languages(_recipe())


@cache
def images_or_reason() -> dict[str, str] | str:
    """For tests: the images, or a sentence on why there are none. Builds them where that is possible."""
    if not engine_answers():
        return "no Docker engine answers; python tests/support/docker_engine.py starts one"
    can_build = os.geteuid() == 0 and shutil.which("debootstrap") is not None
    if "python" in present_images(_recipe()) and not can_build:
        return present_images(_recipe()) | present_languages(_recipe())
    if not can_build:
        return "the test images are not built; python tests/support/docker_images.py builds them on Debian as root"
    return ensure_images()


def _recipe() -> str:
    parts = (_suite(), *_BASE_PACKAGES, _PYTHON_CLIENT, _NODE_CLIENT, _ENTRYPOINT, _PYTHON_BOOTSTRAP, _NODE_BOOTSTRAP, *CHANGES)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _build_all(work: Path) -> dict[str, str]:
    """Both slow parts at once: the root file system (45 s) and compiling the client for Node.js (75 s)."""
    with ThreadPoolExecutor(2) as pool:
        node_client = pool.submit(_node_client)
        python_version = _import_base(work / "root")
        derive("provided:al2023", _recipe(), {})
        _build_python(work / "python", python_version)
        build_languages(_recipe())
        client = node_client.result()
        if client is not None:
            _build_node(client, work / "runtime")
    return present_images(_recipe()) | present_languages(_recipe())


def _import_base(root: Path) -> str:
    """debootstrap and import; returns the version of its Python ("3.11")."""
    run("debootstrap", "--variant=minbase", f"--include={','.join(_BASE_PACKAGES)}", _suite(), str(root), *_mirror())
    for folder in ("var/task", "var/runtime", "opt"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    write_program(root / "lambda-entrypoint.sh", _ENTRYPOINT)
    pack = ["tar", "-C", str(root), "-c", *(f"--exclude={pattern}" for pattern in _LEFT_OUT), "."]
    with subprocess.Popen(pack, stdout=subprocess.PIPE) as tar:
        load = ["docker", "import", *change_options(_recipe()), "-", BASE]
        subprocess.run(load, stdin=tar.stdout, check=True, stdout=sys.stderr)
    return (root / "usr/bin/python3").readlink().name.removeprefix("python")


def _build_python(folder: Path, version: str) -> str:
    run(*_pip(), "install", "-q", "--target", str(folder), "--only-binary=:all:", "--no-compile",
         "--python-version", version, _PYTHON_CLIENT)
    write_program(folder / "bootstrap", _PYTHON_BOOTSTRAP)
    compiling = ("/usr/bin/python3", "-m", "compileall", "-q", "/var/runtime")
    return derive(f"python:{version}", _recipe(), {folder: "/var/runtime"}, compiling)


def _pip() -> list[str]:
    """Debian's own Python may have none; any pip can fetch for any version of Python."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    return [shutil.which("pip3") or "pip"]


def _node_client() -> Path | None:
    """AWS's client compiled (it is N-API, so one build fits every Node.js), or None without the tools for it."""
    try:
        return callbacks_client()
    except NotInstalled as reason:
        print(f"AWS's client for Node.js does not build here: {reason}", file=sys.stderr)
        return None


def _build_node(client: Path, runtime: Path) -> str:
    target = runtime / "node_modules/aws-lambda-ric"
    for part in ("bin", "dist"):
        shutil.copytree(client / part, target / part)
    shutil.copy(client / "package.json", target)
    write_program(runtime / "bootstrap", _NODE_BOOTSTRAP)
    version = output("docker", "run", "--rm", "--entrypoint", "/usr/bin/node", BASE, "--version")
    return derive(f"node:{version.lstrip('v').partition('.')[0]}", _recipe(), {runtime: "/var/runtime"})


def _suite() -> str:
    """The Debian release of this machine: what is compiled here then runs in the image."""
    lines = Path("/etc/os-release").read_text().splitlines() if Path("/etc/os-release").exists() else []
    names = [line.partition("=")[2] for line in lines if line.startswith("VERSION_CODENAME=")]
    return names[0] if names else "bookworm"


def _mirror() -> list[str]:
    """The mirror that apt uses here; nothing where apt does not tell: debootstrap has its own."""
    listed = output("apt-get", "indextargets", "--format", "$(SITE) $(CODENAME)", "Created-By: Packages")
    sites = [line.split()[0] for line in listed.splitlines() if line.endswith(f" {_suite()}")]
    return sites[:1]


if __name__ == "__main__":
    for family, image in ensure_images().items():
        print(f"{family}\t{image}")
