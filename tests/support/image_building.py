"""Steps of which test images are made: commands, the commit of a child image, Debian packages laid into one without a network.

Standard library only: runs before the project is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

REPOSITORY = "workbench-test"
RECIPE_LABEL = "workbench.test.recipe"
CHANGES = (
    'ENTRYPOINT ["/lambda-entrypoint.sh"]',
    "WORKDIR /var/task",
    "ENV LANG=en_US.UTF-8",
    "ENV TZ=:/etc/localtime",
    "ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "ENV LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "ENV LAMBDA_TASK_ROOT=/var/task",
    "ENV LAMBDA_RUNTIME_DIR=/var/runtime",
)
"""What AWS's base images say of themselves: the entry point, the folder and six variables."""

_MERGED_INTO_USR = ("bin", "sbin", "lib", "lib64")


def recipe_of(*parts: str | bytes) -> str:
    """A short name that changes with all that an image is made of."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\n")
    return digest.hexdigest()[:16]


def image_name(family: str, version: str, recipe: str) -> str:
    """Images of two recipes stay beside each other, so that two checkouts on a machine do not build by turns."""
    return f"{REPOSITORY}/{family}:{version}-{recipe}"


def base_image(recipe: str) -> str:
    """The image that all others are made from."""
    return image_name("base", "latest", recipe)


def present_image(recipe: str) -> str | None:
    """The image of this recipe, where it is here."""
    listed = output("docker", "images", "--filter", f"label={RECIPE_LABEL}={recipe}", "--format", "{{.Repository}}:{{.Tag}}")
    return next((name for name in listed.split() if name.startswith(f"{REPOSITORY}/")), None)


def derive(base: str, name: str, recipe: str, copies: dict[Path, str], command: Iterable[str] = ("/bin/true",)) -> str:
    """A child of an image: folders copied in, one command run in it. Returns its name."""
    first, *rest = command
    container = output("docker", "create", "--network", "none", "--entrypoint", first, base, *rest)
    try:
        for source, target in copies.items():
            run("docker", "cp", f"{source}/.", f"{container}:{target}")
        run("docker", "start", "--attach", container)
        run("docker", "commit", *change_options(recipe, "CMD []"), container, name)
    finally:
        run("docker", "rm", "--force", container)
    return name


def change_options(recipe: str, *more: str) -> list[str]:
    """The options of `docker import` and `docker commit` that make an image keep the contract, marked with its recipe."""
    changes = (*CHANGES, f"LABEL {RECIPE_LABEL}={recipe}", *more)
    return [argument for change in changes for argument in ("--change", change)]


def unpack_packages(base: str, packages: Sequence[str], work: Path) -> Path:
    """These Debian packages and all they need beyond the base image, unpacked below `work`; to be copied over its root.

    No script of theirs is run: what those would do (alternatives, keystores) the images do not need, and it takes longest.
    Raises CalledProcessError.
    """
    status, archives, root = work / "status", work / "archives", work / "root"
    (archives / "partial").mkdir(parents=True)
    _copy_from_image(base, "/var/lib/dpkg/status", status)
    fetch = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "--download-only",
             "-o", f"Dir::State::status={status}", "-o", f"Dir::Cache::archives={archives}", *packages]
    if subprocess.run(fetch, stdin=subprocess.DEVNULL, capture_output=True).returncode != 0:
        run("apt-get", "update", "-q")
        run(*fetch)
    for archive in sorted(archives.glob("*.deb")):
        run("dpkg-deb", "-x", str(archive), str(root))
    _merge_usr(root)
    return root


def _copy_from_image(image: str, path: str, target: Path) -> None:
    container = output("docker", "create", "--entrypoint", "/bin/true", image)
    try:
        run("docker", "cp", f"{container}:{path}", str(target))
    finally:
        run("docker", "rm", container)


def _merge_usr(root: Path) -> None:
    """/lib is a link to /usr/lib in the image; a folder of that name cannot be copied over it."""
    for name in _MERGED_INTO_USR:
        if (root / name).is_dir():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)


def write_program(path: Path, text: str) -> None:
    """An executable file."""
    path.write_text(text)
    path.chmod(0o755)


def run(*command: str) -> None:
    """A step that must succeed; what it says goes to standard error. Raises CalledProcessError."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, env={**os.environ, "LC_ALL": "C"})


def output(*command: str) -> str:
    """What a command says. Raises CalledProcessError."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
