"""Test images that keep the contract of AWS's base images, made from Debian packages: nothing is pulled from a registry.

The contract: `/lambda-entrypoint.sh` takes exactly one argument (else exit 142), exports it as _HANDLER and runs
`/var/runtime/bootstrap`; code in /var/task, layers in /opt. Inside runs AWS's own runtime client for Python and Node.js; for
Ruby and Java a client of our own (`docker_languages`). An image is built again only when its recipe changed. Standard library
only:

    python tests/support/docker_images.py       # builds what is missing, prints the image of each runtime family
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

if __name__ == "__main__":  # run by path, before the project is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.docker_engine import engine_answers
from tests.support.docker_languages import build_languages, present_languages
from tests.support.image_building import (
    CHANGES,
    base_image,
    change_options,
    derive,
    image_name,
    output,
    present_image,
    recipe_of,
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
exec ${AWS_LAMBDA_EXEC_WRAPPER:-} /usr/bin/python3 /var/runtime/bootstrap.py
"""

_NODE_BOOTSTRAP = """#!/bin/sh
export NODE_PATH=/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task
exec ${AWS_LAMBDA_EXEC_WRAPPER:-} /usr/bin/node /var/runtime/node_modules/aws-lambda-ric/bin/index.mjs "$_HANDLER"
"""

_PYTHON_SOURCE = Path(__file__).parent / "docker_python" / "bootstrap.py"

_LEFT_OUT = ("./var/cache", "./var/lib/apt/lists", "./usr/share/doc", "./usr/share/man", "./usr/share/locale",
             "./dev", "./proc", "./sys")


def ensure_images() -> dict[str, str]:
    """The image of each family that can be built here: {"python": "workbench-test/python:3.11-…", "node": …, "ruby": …}.

    Needs an engine (`docker_engine.ensure_engine`), root and debootstrap when an image is missing. "node" is left out
    where AWS's client for Node.js cannot be compiled. Raises CalledProcessError when a step fails.
    """
    with one_at_a_time("docker-images"):
        return _present_or_built()


def _present_or_built() -> dict[str, str]:
    present = _present()
    if not (present.keys() >= {"python", "provided"} and ("node" in present or shutil.which("npm") is None)):
        with tempfile.TemporaryDirectory(prefix="workbench-images-") as work:
            _build_missing(Path(work), present)
    build_languages(_base_recipe())
    return _present()


@cache
def images_or_reason() -> dict[str, str] | str:
    """For tests: the images, or a sentence on why there are none. Builds them where that is possible."""
    if not engine_answers():
        return "no Docker engine answers; python tests/support/docker_engine.py starts one"
    can_build = os.geteuid() == 0 and shutil.which("debootstrap") is not None
    present = _present()
    if "python" in present and not can_build:
        return present
    if not can_build:
        return "the test images are not built; python tests/support/docker_images.py builds them on Debian as root"
    return ensure_images()


def _base_recipe() -> str:
    return recipe_of(_suite(), *_BASE_PACKAGES, _ENTRYPOINT, *CHANGES)


def _recipes() -> dict[str, str]:
    """Of the families that are built here; the others' are in `docker_languages`."""
    base = _base_recipe()
    return {
        "python": recipe_of(base, _PYTHON_CLIENT, _PYTHON_BOOTSTRAP, _PYTHON_SOURCE.read_bytes()),
        "node": recipe_of(base, _NODE_CLIENT, _NODE_BOOTSTRAP),
        "provided": recipe_of(base, "provided"),
    }


def _present() -> dict[str, str]:
    names = {family: present_image(recipe) for family, recipe in _recipes().items()}
    return {family: name for family, name in names.items() if name is not None} | present_languages(_base_recipe())


def _build_missing(work: Path, present: dict[str, str]) -> None:
    """Both slow parts at once: the root file system (45 s) and compiling the client for Node.js (75 s)."""
    with ThreadPoolExecutor(1) as pool:
        node_client = pool.submit(_node_client) if "node" not in present else None
        if present_image(_base_recipe()) is None:
            _import_base(work / "root")
        if "provided" not in present:
            _derive("provided", "al2023", {})
        if "python" not in present:
            _build_python(work / "python")
        client = node_client.result() if node_client else None
        if client is not None:
            _build_node(client, work / "runtime")


def _derive(family: str, version: str, copies: dict[Path, str], command: Iterable[str] = ("/bin/true",)) -> str:
    recipe = _recipes()[family]
    return derive(base_image(_base_recipe()), image_name(family, version, recipe), recipe, copies, command)


def _import_base(root: Path) -> None:
    """debootstrap and import."""
    run("debootstrap", "--variant=minbase", f"--include={','.join(_BASE_PACKAGES)}", _suite(), str(root), *_mirror())
    for folder in ("var/task", "var/runtime", "opt"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    write_program(root / "lambda-entrypoint.sh", _ENTRYPOINT)
    pack = ["tar", "-C", str(root), "-c", *(f"--exclude={pattern}" for pattern in _LEFT_OUT), "."]
    with subprocess.Popen(pack, stdout=subprocess.PIPE) as tar:
        load = ["docker", "import", *change_options(_base_recipe()), "-", base_image(_base_recipe())]
        subprocess.run(load, stdin=tar.stdout, check=True, stdout=sys.stderr)


def _build_python(folder: Path) -> str:
    version = _ask_base("/usr/bin/python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    run(*_pip(), "install", "-q", "--target", str(folder), "--only-binary=:all:", "--no-compile",
         "--python-version", version, _PYTHON_CLIENT)
    shutil.copy(_PYTHON_SOURCE, folder)
    write_program(folder / "bootstrap", _PYTHON_BOOTSTRAP)
    compiling = ("/usr/bin/python3", "-m", "compileall", "-q", "/var/runtime")
    return _derive("python", version, {folder: "/var/runtime"}, compiling)


def _ask_base(program: str, *arguments: str) -> str:
    return output("docker", "run", "--rm", "--network", "none", "--entrypoint", program, base_image(_base_recipe()), *arguments)


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
    version = _ask_base("/usr/bin/node", "--version").lstrip("v").partition(".")[0]
    return _derive("node", version, {runtime: "/var/runtime"})


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
