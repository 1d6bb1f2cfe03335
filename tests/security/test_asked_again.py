"""Trust is asked for again when what a build would run has changed, wherever that stands; packaged code asks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from tests.security.test_hostile_lists import opened, root, template
from workbench.engine.trust import Trust
from workbench.workspace.trusted_folders import TrustedFolders

__all__ = ["root"]


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A project: how its function is built, its files, those whose change is asked about, and those whose change is not."""

    runtime: str
    method: str = ""
    files: Mapping[str, str]
    asks: tuple[str, ...]
    does_not: tuple[str, ...] = ("app.py",)


MAKEFILE = """build-Bad:
\tcd sub && ./step.sh
\tbash -e build.sh
\t$(MAKE) -C deeper
\tpython -u make_it.py
\tcp app.py $(ARTIFACTS_DIR)
"""
BACKEND = '[build-system]\nrequires = []\nbuild-backend = "own.hooks"\nbackend-path = ["back"]\n'
NPM_LOCK = '{"packages": {"node_modules/a": {"version": "1.0.0", "resolved": "https://one.example/a/-/a-1.0.0.tgz"}}}'
UV_LOCK = '[[package]]\nname = "a"\nsource = { registry = "https://one.example/simple" }\n'
"""Another host than the one that was agreed to decides what is installed; another version from it is asked about by nobody."""
STARTED = {
    "makefile": Started(
        runtime="provided.al2023", method="makefile",
        files={"Makefile": MAKEFILE, "build.sh": ". lib/common.sh\nnode tool.js\n", "lib/common.sh": "",
               "tool.js": "require('./other')", "other.js": "", "sub/step.sh": "", "deeper/Makefile": "all:\n\tsh inner.sh\n",
               "deeper/inner.sh": "", "make_it.py": "import brought_module\n", "brought_module.py": ""},
        asks=("Makefile", "build.sh", "lib/common.sh", "tool.js", "other.js", "sub/step.sh", "deeper/Makefile", "deeper/inner.sh",
              "make_it.py", "brought_module.py"),
        does_not=("app.py", "data.json")),
    "npm-lock": Started(
        runtime="nodejs20.x", does_not=("app.js",), asks=("package-lock.json",),
        files={"package.json": '{"dependencies": {"a": "1.0.0"}}', "package-lock.json": NPM_LOCK}),
    "yarn-lock": Started(
        runtime="nodejs20.x", does_not=("app.js",), asks=("yarn.lock",),
        files={"package.json": '{"dependencies": {"a": "1.0.0"}}',
               "yarn.lock": 'a@1.0.0:\n  version "1.0.0"\n  resolved "https://one.example/a/-/a-1.0.0.tgz#12"\n'}),
    "uv-lock": Started(
        runtime="python3.11", method="python-uv", asks=("uv.lock", "uv.toml"),
        files={"pyproject.toml": '[project]\nname = "x"\n', "uv.lock": UV_LOCK, "uv.toml": ""}),
    "uv-lock-of-another-host": Started(
        runtime="python3.11", method="python-uv", asks=("uv.lock",),
        files={"pyproject.toml": '[project]\nname = "x"\n', "uv.lock": UV_LOCK.replace("one.example", "sone.example")}),
    "large": Started(
        runtime="provided.al2023", method="makefile", asks=("build.sh",),
        files={"Makefile": "build-Bad:\n\tsh build.sh\n", "build.sh": "true\n" * 300_000}),
    "npm": Started(
        runtime="nodejs20.x",
        files={"package.json": '{"scripts": {"postinstall": "node scripts/after.js"}, "dependencies": {"a": "file:../dep"}}',
               "scripts/after.js": "", ".npmrc": "script-shell=x", "../dep/run.sh": "",
               "../dep/package.json": '{"name": "a", "scripts": {"install": "sh run.sh && node-gyp"}}'},
        asks=("scripts/after.js", ".npmrc", "../dep/run.sh", "../dep/package.json"), does_not=("app.js", "../dep/index.js")),
    "setup.py": Started(
        runtime="python3.11", files={"requirements.txt": "./pkg\n", "pkg/setup.py": "import versions\n", "pkg/versions.py": ""},
        asks=("pkg/setup.py", "pkg/versions.py"), does_not=("app.py", "pkg/lib.py")),
    "backend": Started(
        runtime="python3.11", asks=("pkg/pyproject.toml", "pkg/back/own/hooks.py"),
        files={"requirements.txt": "./pkg\n", "pkg/pyproject.toml": BACKEND, "pkg/back/own/hooks.py": ""}),
    "uv": Started(
        runtime="python3.11", method="python-uv", asks=("pyproject.toml", "back/own/hooks.py"),
        files={"pyproject.toml": f'{BACKEND}[project]\nname = "x"\ndynamic = ["dependencies"]\n', "back/own/hooks.py": ""}),
    "gradle": Started(
        runtime="java21", does_not=("src/App.java",),
        files={"build.gradle": "apply from: 'more.gradle'\n", "more.gradle": "", "gradlew": "",
               "gradle/wrapper/gradle-wrapper.jar": "", "buildSrc/src/Plugin.java": ""},
        asks=("build.gradle", "more.gradle", "gradlew", "gradle/wrapper/gradle-wrapper.jar", "buildSrc/src/Plugin.java")),
    "gems": Started(
        runtime="ruby3.3", asks=("Gemfile", "more/Gemfile", "helper.rb"), does_not=("app.rb",),
        files={"Gemfile": "gem 'x'\neval_gemfile 'more/Gemfile'\nrequire_relative './helper'\n", "more/Gemfile": "",
               "helper.rb": ""}),
    "esbuild": Started(
        runtime="nodejs20.x", method="esbuild", asks=("node_modules/.bin/esbuild",), does_not=("app.ts",),
        files={"node_modules/.bin/esbuild": "one", "package.json": "{}"}),
}


@pytest.mark.parametrize("kind", STARTED)
async def test_whatever_a_build_starts_is_asked_about_again_when_it_changes(kind: str, root: Path) -> None:
    case, bad = STARTED[kind], root / "bad"
    template(root, case.runtime, case.method)
    for name, text in case.files.items():
        put(bad / name, text)
    functions, _ = await opened(root)
    trust = Trust(root, lambda: list(functions.values()))
    await trust.agree()
    assert await trust.admit(functions["Bad"], "isolated")
    for name in case.does_not:
        put(bad / name, "other = 1\n")
        assert await trust.admit(functions["Bad"], "isolated"), name
    for name in case.asks:
        put(bad / name, another(name, case.files[name]))
        assert not await trust.admit(functions["Bad"], "isolated"), name
        put(bad / name, case.files[name])
        assert await trust.admit(functions["Bad"], "isolated"), f"{name} again"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def another(name: str, text: str) -> str:
    """The same file, so that it does something else."""
    if name.endswith("package.json"):
        return text.replace("sh run.sh", "sh -e run.sh")
    if "one.example" in text:
        return text.replace("one.example", "other.example")
    return text.replace("requires = []", 'requires = ["x"]') if name.endswith("pyproject.toml") else f"{text}\n# more\n"


def test_what_several_programs_say_at_once_is_not_lost(tmp_path: Path, nothing_trusted: TrustedFolders) -> None:
    """A withdrawal above all: an older list that is written back would trust the folder again."""
    def say(number: int) -> None:
        folders = TrustedFolders()  # each program has its own
        for turn in range(8):
            folders.trust(tmp_path / f"kept-{number}-{turn}", [f"digest-{turn}"])
            folders.trust(tmp_path / f"gone-{number}", [])
            assert folders.withdraw(tmp_path / f"gone-{number}")

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(say, range(6)))
    assert sorted(folder.name for folder, _ in nothing_trusted.all()) == sorted(
        f"kept-{number}-{turn}" for number in range(6) for turn in range(8))
