"""The packages of the virtual environment that runs a Python function. They are not used unless a setting says so.

Lambda has no virtual environments: what a function needs is in its package, a layer or the runtime.
"""

from __future__ import annotations

from pathlib import Path

_TOOLS = ("pip-", "setuptools-", "wheel-", "distribute-")


def virtual_environment(interpreter: str) -> Path | None:
    """The virtual environment that an interpreter belongs to, None for an installed interpreter."""
    folder = Path(interpreter).parent.parent
    return folder if interpreter and (folder / "pyvenv.cfg").is_file() else None


def site_packages(environment: Path) -> tuple[str, ...]:
    """The folders with a virtual environment's packages. Blocks."""
    return tuple(str(path) for path in (*environment.glob("lib/python3*/site-packages"), *environment.glob("Lib/site-packages")))


def left_aside_notice(function: str, environment: Path) -> str:
    """The notice that an environment's packages are not used; "" if it has none besides installers like pip. Blocks."""
    names = (path.name.lower() for folder in site_packages(environment) for path in Path(folder).glob("*.dist-info"))
    if all(name.startswith(_TOOLS) for name in names):
        return ""
    return (f"The virtual environment {environment} runs {function}; its packages are not used, because Lambda would not have "
            "them. Add what the function needs to requirements.txt, or switch them on in the workspace settings.")
