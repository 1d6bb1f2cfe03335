"""The packages of a virtual environment that runs a Python function: left aside unless they were chosen, and that is said.

Lambda knows no virtual environments: what a function needs lies in its package, a layer or the runtime.
"""

from __future__ import annotations

from pathlib import Path

_TOOLS = ("pip-", "setuptools-", "wheel-", "distribute-")


def virtual_environment(interpreter: str) -> Path | None:
    """The virtual environment that this interpreter is of, None for an installed one."""
    folder = Path(interpreter).parent.parent
    return folder if interpreter and (folder / "pyvenv.cfg").is_file() else None


def site_packages(environment: Path) -> tuple[str, ...]:
    """The folders with its packages. Blocks."""
    return tuple(str(path) for path in (*environment.glob("lib/python3*/site-packages"), *environment.glob("Lib/site-packages")))


def left_aside_notice(function: str, environment: Path) -> str:
    """What to say where its packages are not used, "" where it has none but those that install others. Blocks."""
    names = (path.name.lower() for folder in site_packages(environment) for path in Path(folder).glob("*.dist-info"))
    if all(name.startswith(_TOOLS) for name in names):
        return ""
    return (f"The virtual environment {environment} runs {function}; its packages are not used, as Lambda would not have them. "
            "Add what the function needs to requirements.txt, or switch them on in the workspace settings.")
