"""Names of files and folders that are never packaged: one list for packages, fingerprints, watching and copies.

Source: `sam build`, whose builders leave these out (aws-lambda-builders 1.67, EXCLUDED_FILES of the Python and Node.js builders).
Deliberate differences:

- `*.so`, `*.egg` and `*.egg-info` beside Python code are kept: they come with packages that were installed into the folder, and
  such folders are deployed without `sam build`.
- `.idea`, `.vscode` and tool caches are left out for every language.
- A Node.js folder is taken as it is, whereas `sam build` runs `npm pack`, which honors `.npmignore` and `files` in package.json.
"""

from __future__ import annotations

from workbench.model.value import Value

STATE_FOLDER = ".workbench"
"""Our own state beside a template: history, settings, unsaved text."""

ENVIRONMENT_FILE = "pyvenv.cfg"
"""A folder with this file is a virtual environment, whatever its name. Source: PEP 405."""

CACHE_FILE = ".workbench-cache"
"""A folder with this file is our package cache; it must never be copied into itself, wherever a person has put it."""

BYTE_CODE_FOLDER = "__pycache__"
"""Left out, but harmless in a folder that is used in place: Python loads nothing from it whose source is not beside it."""

_TOOLS = frozenset({STATE_FOLDER, ".git", ".aws-sam", BYTE_CODE_FOLDER, ".venv", ".idea", ".vscode", ".mypy_cache",
                    ".pytest_cache", ".ruff_cache", ".tox", ".nox"})
_PYTHON = frozenset({".chalice", ".gitignore", ".Python", "pip-log.txt", "pip-delete-this-directory.txt", "htmlcov", ".coverage",
                     ".cache", ".python-version", ".dmypy.json", ".pyre", ".env", "venv", "venv.bak", "env.bak", "ENV", "env"})
SURPRISING = frozenset({".env", "env", "ENV", "env.bak", "venv.bak"})
"""Names that `sam build` leaves out of Python functions although the code may well need them; people are told about these."""


class LeftOut(Value):
    """What to leave out, at any depth: exact `names`, name endings (`ends`) and, with `environments`, virtual environments."""

    names: frozenset[str] = frozenset()
    ends: tuple[str, ...] = ()
    environments: bool = False

    def has(self, name: str) -> bool:
        """Whether a file or folder of this name is left out."""
        return name in self.names or (bool(self.ends) and name.endswith(self.ends))


NEVER_CODE = LeftOut(_TOOLS, environments=True)
"""What is left out for every language, and of layers."""

_PYTHON_CODE = LeftOut(_TOOLS | _PYTHON, (".pyc",), environments=True)

TAKEN_AS_IT_IS = LeftOut()
"""For the output of a build, which is packaged completely."""


def left_out(family: str) -> LeftOut:
    """Return what `sam build` leaves out of a function's code; `family` is the runtime's language ("python", "nodejs")."""
    return _PYTHON_CODE if family == "python" else NEVER_CODE
