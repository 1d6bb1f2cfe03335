"""How a language's debugger gets into an environment: through variables, and a folder mounted into containers.

Python uses debugpy (built like a function's own packages, see `python/requirements.txt`), Node.js its own inspector. The hooks
that run in the environment are in the folders `python` and `node`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from workbench.model.failures import InvalidInput
from workbench.model.function import FunctionConfiguration, SandboxKind

Language = Literal["python", "nodejs"]

HOOKS: Mapping[Language, Path] = {language: Path(__file__).with_name(folder)  # type: ignore[misc]
                                  for language, folder in (("python", "python"), ("nodejs", "node"))}
"""The folders with the hooks that run in the environment."""
PORT_IN_CONTAINER: Mapping[Language, int] = {"python": 5678, "nodejs": 9229}
"""The debuggers' default ports, always free because each container has its own network."""
MOUNTED_AT = "/run/workbench-debugger"
ADDRESS_VARIABLE = "WORKBENCH_DEBUGGER"
FOLDER_VARIABLE = "WORKBENCH_DEBUGGER_FOLDER"
_NODE_OPTIONS = "WORKBENCH_NODE_OPTIONS"
_OWN_WAYS = ("PYTHONUSERBASE", "PYTHONNOUSERSITE")


class DebuggerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A debugger ready for one kind of sandbox.

    `folder` holds its hook (and debugpy); `version` is the runtime's, like "3.12".
    """

    language: Language
    sandbox: SandboxKind
    folder: str
    version: str

    def mounts(self) -> dict[str, str]:
        """The folder to mount, by its path in the environment; empty for a process, which reads it in place."""
        return {} if self.sandbox == "process" else {self._mounted_at: self.folder}

    def listens_at(self, free_port: int) -> tuple[str, int]:
        """Host and port inside the environment: the language's own port in a container, else `free_port`."""
        return ("0.0.0.0", PORT_IN_CONTAINER[self.language]) if self.sandbox == "docker" else ("127.0.0.1", free_port)  # noqa: S104

    def variables(self, given: Mapping[str, str], address: tuple[str, int]) -> dict[str, str]:
        """The environment's variables plus those the debugger needs, which the hooks remove again before the function starts."""
        added = {ADDRESS_VARIABLE: f"{address[0]}:{address[1]}"}
        if self.language == "nodejs":
            options = given.get("NODE_OPTIONS", "")
            # Within quotes in NODE_OPTIONS a backslash is an escape. By default the inspector also writes its address to stderr,
            # and so into the function's log; `http` alone keeps it out of there. Source: Node.js manual, "Command-line API".
            hook = f"{self._place}/workbench_debugger.cjs".replace("\\", "\\\\")
            added |= {"NODE_OPTIONS": f'--inspect-publish-uid=http --require "{hook}" {options}'.strip(), _NODE_OPTIONS: options}
        elif self.sandbox == "docker":
            added["PYTHONUSERBASE"] = MOUNTED_AT
        else:
            added[FOLDER_VARIABLE] = self._place
        return {**given, **added}

    @property
    def _place(self) -> str:
        return self.folder if self.sandbox == "process" else self._mounted_at

    @property
    def _mounted_at(self) -> str:
        """Python looks for a user's own packages in a folder named after its version, below PYTHONUSERBASE."""
        return f"{MOUNTED_AT}/lib/python{self.version}/site-packages" if self.language == "python" else MOUNTED_AT


def check_variables(function: FunctionConfiguration, language: Language, sandbox: SandboxKind) -> None:
    """Raise InvalidInput when the function's own variables would keep the debugger from being loaded."""
    taken = [name for name in _OWN_WAYS if name in function.environment]
    if taken and language == "python" and sandbox == "docker":
        raise InvalidInput(f"{function.name} sets {taken[0]}, which the debugger needs in a container.",
                           "Remove the variable while you debug, or debug in the process sandbox.")
