"""The probe functions (tests/support/probes) made ready to run: compiled once, then copied into workspaces."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.docker_languages import compile_java
from tests.support.workspaces import WorkspaceBuilder

SOURCES = Path(__file__).parent / "probes"
_COMPILERS = {
    "c": ("cc", "-Wall", "-Wextra", "-Werror", "-O1", "-o", "bootstrap", "bootstrap.c"),
    "rust": ("rustc", "--edition", "2021", "-o", "bootstrap", "bootstrap.rs"),
}


class NotBuilt(Exception):
    """Why a probe cannot be had here: no compiler."""


@dataclass(frozen=True)
class Probe:
    """A language's probe function and what is Lambda's own about the language.

    `error` is the document of a raised error without its stack; `frame` begins the first element of `stackTrace`, "" for none.
    `own_log` are what its runtime logs of that error, beside what the function wrote.
    """

    language: str
    runtime: str
    handler: str
    error: Mapping[str, str]
    frame: str = ""
    own_log: tuple[str, ...] = ()
    memory: str | int = "512"


RUBY = Probe(
    "ruby", "ruby3.3", "app.handler", {"errorMessage": "boom", "errorType": "Function<ProbeError>"}, frame="{root}/app.rb:",
    own_log=("Error raised from handler method", '{\n  "errorMessage": "boom",\n  "errorType": "Function<ProbeError>"'),
)
JAVA = Probe(
    "java", "java17", "example.Handler", {"errorMessage": "boom", "errorType": "java.lang.IllegalStateException"},
    frame="example.Handler.act(Handler.java:",
    own_log=("boom: java.lang.IllegalStateException", "java.lang.IllegalStateException: boom"), memory=512,
)
C = Probe("c", "provided.al2023", "any.name", {"errorMessage": "boom", "errorType": "Probe.Error"})
RUST = Probe("rust", "provided.al2023", "any.name", {"errorMessage": "boom", "errorType": "alloc::string::String"})


class Probes:
    """Builds each probe once into `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def workspace(self, probe: Probe, root: Path, java_image: str, *, handler: str = "", timeout_s: int = 20,
                  others: Mapping[str, str] | None = None) -> Path:
        """A workspace whose `Function` is the probe, as are the `others` (name -> handler). Raises NotBuilt."""
        builder = WorkspaceBuilder(root)
        for name, named in {"Function": handler or probe.handler, **(others or {})}.items():
            builder.function(name, {"readme.txt": "a probe"}, runtime=probe.runtime, handler=named, memory_mb=512,
                             timeout_s=timeout_s)
            shutil.copytree(self._built(probe.language, java_image), root / name.lower(), dirs_exist_ok=True)
        return builder.write()

    def _built(self, language: str, java_image: str) -> Path:
        folder = self._folder / language
        if folder.is_dir():
            return folder
        aside = self._folder / f"building-{language}"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(SOURCES, aside, ignore=_other_than(language))
        if language == "java":
            compile_java(java_image, aside)
        elif language in _COMPILERS:
            _compile(_COMPILERS[language], aside)
        return aside.rename(folder)


def _compile(command: tuple[str, ...], folder: Path) -> None:
    if shutil.which(command[0]) is None:
        raise NotBuilt(f"{command[0]} is not installed")
    subprocess.run(command, cwd=folder, check=True)


def _other_than(language: str) -> Callable[[str, list[str]], list[str]]:
    """What `shutil.copytree` leaves out: sources of the other languages."""
    suffix = {"ruby": ".rb", "java": ".java", "c": ".c", "rust": ".rs"}[language]
    return lambda _folder, names: [name for name in names if "." in name and not name.endswith(suffix)]
