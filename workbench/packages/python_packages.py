"""Decide what a `requirements.txt` beside a Python function needs, and how uv or pip installs it.

Source: Lambda developer guide, "Working with .zip file archives for Python Lambda functions"; the manuals of pip and uv.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from workbench.model.failures import TRUST_HINT
from workbench.model.function import FunctionConfiguration
from workbench.packages.build_failures import DependencyError
from workbench.packages.dependencies import OUT, WORK, Plan
from workbench.packages.package_manager import output_of
from workbench.packages.requirement_lists import INCLUDE, INCLUDE_OPTION, included_list, read_with_includes, requirement_lines
from workbench.packages.targets import MACHINES, Target, glibc_minor, language

REQUIREMENTS = "requirements.txt"
_INCLUDED = re.compile(rf"^(\s*{INCLUDE_OPTION})(\S+)")
_LOCAL = re.compile(r"(?:-e|--editable)[ =]+|\.{0,2}/|file:|[^;#]*@\s*file:")
_EDITABLE = re.compile(r"^\s*(?:-e|--editable)[ =]+(\S+)")
_PLAIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?\s*(?:==\s*([A-Za-z0-9.!+_-]+))?")
_QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0",
          "PIP_ROOT_USER_ACTION": "ignore", "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1", "NO_COLOR": "1"}
"""Settings of the person's pip.conf that would break this are overridden: `user` excludes --target, and `require-virtualenv`
refuses to run outside a virtual environment. PYTHONSAFEPATH keeps `python -m pip` from importing a pip.py in the working
folder."""

_IMPATIENT = {"PIP_RETRIES": "1", "PIP_TIMEOUT": "10", "UV_HTTP_RETRIES": "1", "UV_HTTP_TIMEOUT": "10"}


def python_files(code: Path, name: str = REQUIREMENTS) -> dict[str, bytes]:
    """The list called `name` and the files that it includes; {} when there is nothing to install. Blocks.

    The list itself is under the name REQUIREMENTS. Nothing is installed into the output of `sam build` or a folder that already
    contains packages (`*.dist-info`). Raises DependencyError for a list that cannot be read or includes too many others.
    """
    if ".aws-sam" in code.parts or any(code.glob("*.dist-info")):
        return {}
    files: dict[str, bytes] = {}
    read_with_includes(code / name, code.resolve(), files)
    asks = any(_requirements(content) for content in files.values()) or any(
        _unread(found, code / name) for name, found in files.items())
    return {REQUIREMENTS if key == name else key: content for key, content in files.items()} if asks else {}


def _unread(content: bytes, path: Path) -> bool:
    """Whether a list includes something that is not a file here: an address, or a missing file, which the installer reports."""
    included = (match[1] for match in map(INCLUDE.match, requirement_lines(content)) if match)
    return not all(included_list(path, place) for place in included)


def _requirements(content: bytes) -> list[str]:
    return [line for line in requirement_lines(content) if not line.startswith("-") or _LOCAL.match(line)]


def local_paths(code: Path, files: Mapping[str, bytes]) -> list[Path]:
    """The folders and files of this machine that the requirements name. Their content decides the result too."""
    found = []
    for line in (line for content in files.values() for line in _requirements(content) if _LOCAL.match(line)):
        place = re.sub(r"^(?:-e|--editable)[ =]+|^.*file:(?://)?", "", line).split(";")[0].split("[")[0].strip()
        if os.path.exists(code / place):
            found.append((code / place).resolve())
    return found


def _without_links(content: bytes, name: str, code: Path) -> bytes:
    """The requirements with editable ones as ordinary ones, and paths resolved against the code's folder.

    Included lists outside that folder are named by their full paths.
    """
    told = content.decode("utf-8", errors="surrogateescape").splitlines()
    inside = [_EDITABLE.sub(lambda match: _place_of(match[1], code), line) for line in told]
    here = (code / name).parent
    return "\n".join(_INCLUDED.sub(lambda match: match[1] + _list_of(match[2], here, code), line) for line in inside).encode(
        "utf-8", errors="surrogateescape")


def _list_of(place: str, here: Path, code: Path) -> str:
    found = included_list(here / REQUIREMENTS, place)
    return str(found) if found is not None and not found.is_relative_to(code.resolve()) else place


def _place_of(place: str, code: Path) -> str:
    folder, extras = re.fullmatch(r"([^\[]*)(.*)", place, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{(code / folder).resolve()}{extras}" if os.path.exists(code / folder) else place


def satisfied_by_venv(interpreter: str, files: Mapping[str, bytes]) -> Path | None:
    """The interpreter's virtual environment if it has everything listed (as name or name==version), else None. Blocks."""
    environment = Path(interpreter).parent.parent
    if not interpreter or not (environment / "pyvenv.cfg").is_file():
        return None
    places = [str(path) for path in (*environment.glob("lib/python3*/site-packages"), *environment.glob("Lib/site-packages"))]
    there = {_normal(found.metadata["Name"]): found.version for found in metadata.distributions(path=places)}
    wanted = [line for name, content in files.items() for line in requirement_lines(content) if not INCLUDE.match(line)]
    return environment if all(_is_there(line, there) for line in wanted) else None


def _is_there(line: str, there: Mapping[str, str]) -> bool:
    match = _PLAIN.fullmatch(line)
    if match is None:
        return False
    version = there.get(_normal(match[1]))
    return version is not None and match[2] in (None, version)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


async def python_plan(function: FunctionConfiguration, target: Target, files: Mapping[str, bytes],
                      variables: Mapping[str, str]) -> Plan:
    """How to install the requirements, with uv if it is on PATH, else with pip. Raises DependencyError when neither is found.

    The tool reads copies in which editable requirements are ordinary ones, because a package must not lead out of itself.
    """
    code = Path(function.code_path)
    environment = {**variables, **_QUIET}
    beside = tuple(local_paths(code, files))
    folder = str(code) if beside and target.trusted else ""
    # Included lists outside the code folder are named by their full paths (`_without_links`) and read where they are.
    inputs = {name: _without_links(content, name, code) for name, content in files.items() if not Path(name).is_absolute()}
    uv = shutil.which("uv", path=variables.get("PATH"))
    if uv:
        # uv reuses what it built from a local folder until its pyproject.toml changes. We only get here when its content changed.
        fresh = ("--refresh",) if folder else ()
        # uv reads uv.toml and pyproject.toml of its working directory. In an untrusted folder they could name another index.
        place = str(code) if target.trusted else ""
        return Plan(tool="uv", command=(uv, *_uv_arguments(function, target), *fresh), variables=environment, folder=place,
                    inputs=inputs, source=str(code), no_such_hint=_no_such(target), runs_code=target.trusted, beside=beside)
    pip = await _pip(function, target, environment)
    notices = await _marker_notice(function, target, pip, environment)
    return Plan(tool="pip", command=(*pip, *_pip_arguments(function, target)), variables=environment, folder=folder,
                inputs=inputs, source=str(code), no_such_hint=_no_such(target), notices=notices,
                runs_code=target.trusted, beside=beside)


async def pinned_plan(function: FunctionConfiguration, target: Target, packages: Sequence[str],
                      variables: Mapping[str, str]) -> Plan:
    """How to install these packages for a process, with bytecode and with short timeouts in case there is no network.

    Raises DependencyError when neither uv nor pip is found.
    """
    environment = {**variables, **_QUIET, **_IMPATIENT}
    uv = shutil.which("uv", path=variables.get("PATH"))
    if uv:
        command = (uv, "pip", "install", "--target", OUT, "--python", target.interpreter, "--link-mode", "copy", "--no-progress",
                   "--compile-bytecode", *packages)
        return Plan(tool="uv", command=command, variables=environment)
    pip = await _pip(function, target, environment)
    return Plan(tool="pip", command=(*pip, "install", "--target", OUT, "--progress-bar", "off", *packages), variables=environment)


def _uv_arguments(function: FunctionConfiguration, target: Target) -> list[str]:
    # Copied, because the result is made read-only (`protect`): hard links would make the files in uv's own cache read-only too.
    arguments = ["pip", "install", "--target", OUT, "-r", f"{WORK}/{REQUIREMENTS}", "--link-mode", "copy",
                 "--no-progress"]
    if target.is_local:
        return [*arguments, "--python", target.interpreter, *(() if target.trusted else ("--only-binary", ":all:"))]
    tag = "manylinux_2_34" if glibc_minor(function.runtime) >= 34 else "manylinux2014"
    return [*arguments, "--only-binary", ":all:", "--python-version", _version(function.runtime),
            "--python-platform", f"{MACHINES[function.architecture]}-{tag}"]


def _pip_arguments(function: FunctionConfiguration, target: Target) -> list[str]:
    arguments = ["install", "--target", OUT, "-r", f"{WORK}/{REQUIREMENTS}", "--no-compile",
                 "--progress-bar", "off", "--no-warn-conflicts"]
    if target.is_local:
        return [*arguments, *(() if target.trusted else ("--only-binary=:all:",))]
    # pip accepts --platform and --python-version only together with --only-binary=:all: (or --no-deps).
    return [*arguments, "--only-binary=:all:", "--implementation", "cp", "--python-version", _version(function.runtime),
            *(part for name in _platforms(function) for part in ("--platform", name))]


def _platforms(function: FunctionConfiguration) -> list[str]:
    """The platform tags of wheels that run on the runtime's operating system, the newest first."""
    machine = MACHINES[function.architecture]
    newest = glibc_minor(function.runtime)
    names = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, 16, -1)] + [f"manylinux2014_{machine}"]
    # The tags older than manylinux2014 exist for x86 only (PEP 513, PEP 571).
    if machine == "x86_64":
        names += [f"manylinux_2_12_{machine}", f"manylinux2010_{machine}", f"manylinux_2_5_{machine}", f"manylinux1_{machine}"]
    return [*names, f"linux_{machine}"]


async def _pip(function: FunctionConfiguration, target: Target, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The pip to use: the interpreter's own, else one that can install for that interpreter."""
    if target.interpreter and await _has_pip(target.interpreter, variables):
        return target.interpreter, "-m", "pip"
    for python in _pythons(function, variables):
        if await _has_pip(python, variables):
            elsewhere = ("--python", target.interpreter) if target.is_local else ()
            return python, "-m", "pip", *elsewhere
    raise DependencyError(f"{function.name} has a {REQUIREMENTS}, but neither uv nor pip was found to install it.",
                          "Install uv (docs.astral.sh/uv), or pip for a Python on PATH (python3 -m ensurepip).")


def _pythons(function: FunctionConfiguration, variables: Mapping[str, str]) -> Iterator[str]:
    """Interpreters that may have pip, with the function's version first: pip evaluates markers for its own Python."""
    for name in (f"python{_version(function.runtime)}", "python3", "python"):
        found = shutil.which(name, path=variables.get("PATH"))
        if found:
            yield found
    # In a frozen application sys.executable is the application itself, not a Python.
    if not getattr(sys, "frozen", False):
        yield sys.executable


async def _has_pip(python: str, variables: Mapping[str, str]) -> bool:
    # With -c the working directory is on sys.path, so this must not run in the code folder: its pip.py would be executed.
    return await output_of((python, "-c", "import pip"), folder=Path(python).parent, variables=variables) is not None


async def _marker_notice(function: FunctionConfiguration, target: Target, pip: tuple[str, ...],
                         variables: Mapping[str, str]) -> tuple[str, ...]:
    if target.is_local:
        return ()
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = await output_of((pip[0], "-c", question), folder=Path(pip[0]).parent, variables=variables)
    if version == _version(function.runtime):
        return ()
    return (f"pip of Python {version} installed the dependencies of {function.name}: requirements with conditions were evaluated "
            f"for that version, not for {_version(function.runtime)}. uv evaluates them correctly.",)


def _version(runtime: str) -> str:
    return ".".join(map(str, language(runtime)[1]))


def _no_such(target: Target) -> str:
    if not target.trusted:
        return (f"Check the names and versions in {REQUIREMENTS}. Because this folder is not trusted, only wheels are installed: "
                f"a package without one would run its setup.py here. {TRUST_HINT}")
    if target.is_local:
        return f"Check the names and versions in {REQUIREMENTS}."
    return (f"Check the names and versions in {REQUIREMENTS}. A package without a prebuilt wheel for Lambda's Linux must be "
            "built there: run sam build --use-container and open .aws-sam/build, or run the function in a local process.")
