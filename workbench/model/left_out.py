"""What never becomes part of a deployment package, by its name: one list for packages, fingerprints, watching, copies.

Source: `sam build`, whose builders leave these out (aws-lambda-builders 1.67, EXCLUDED_FILES of the Python and Node.js ones).
Where we differ knowingly:

- `*.so`, `*.egg` and `*.egg-info` beside Python code stay: they come with packages that were installed into the folder, and such
  folders are deployed without `sam build`.
- `.idea`, `.vscode` and the caches of tools are left out for every language.
- A Node.js folder is taken as it is where `sam build` runs `npm pack`, which also reads `.npmignore` and `files` of package.json.
"""

from __future__ import annotations

import msgspec

STATE_FOLDER = ".workbench"
"""Our own state beside a template: history, settings, unsaved text."""

ENVIRONMENT_FILE = "pyvenv.cfg"
"""A folder with this file is a virtual environment, whatever its name. Source: PEP 405."""

CACHE_FILE = ".workbench-cache"
"""A folder with this file is our cache of packages: it must never be copied into itself, wherever somebody has put it."""

BYTE_CODE_FOLDER = "__pycache__"
"""Left out, but harmless where a folder is used in place: Python takes nothing from it that does not stand beside it."""

_TOOLS = frozenset({STATE_FOLDER, ".git", ".aws-sam", BYTE_CODE_FOLDER, ".venv", ".idea", ".vscode", ".mypy_cache",
                    ".pytest_cache", ".ruff_cache", ".tox", ".nox"})
_PYTHON = frozenset({".chalice", ".gitignore", ".Python", "pip-log.txt", "pip-delete-this-directory.txt", "htmlcov", ".coverage",
                     ".cache", ".python-version", ".dmypy.json", ".pyre", ".env", "venv", "venv.bak", "env.bak", "ENV", "env"})
SURPRISING = frozenset({".env", "env", "ENV", "env.bak", "venv.bak"})
"""What `sam build` leaves out of Python functions although the code may well count on it: worth a word."""


class LeftOut(msgspec.Struct, frozen=True):
    """Names of files and folders, at any depth, and ends of names. `environments`: whether virtual environments go too."""

    names: frozenset[str] = frozenset()
    ends: tuple[str, ...] = ()
    environments: bool = False

    def has(self, name: str) -> bool:
        """Whether a file or folder of this name is left out."""
        return name in self.names or (bool(self.ends) and name.endswith(self.ends))


NEVER_CODE = LeftOut(_TOOLS, environments=True)
"""For every language, and for layers."""

_PYTHON_CODE = LeftOut(_TOOLS | _PYTHON, (".pyc",), environments=True)

TAKEN_AS_IT_IS = LeftOut()
"""For what a build made: nothing is left out of it."""


def left_out(family: str) -> LeftOut:
    """What `sam build` leaves out of a function's code; `family` is the runtime's language ("python", "nodejs")."""
    return _PYTHON_CODE if family == "python" else NEVER_CODE
