"""The environment variables of a function in the isolated sandbox: exactly Lambda's, whose paths exist there.

Source: environments recorded on Lambda (2026).
"""

from __future__ import annotations

from collections.abc import Mapping

from workbench.model.lambda_folders import TASK_ROOT
from workbench.sandbox.process.python_variables import python_variables

_PATH = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"
_LIBRARIES = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"


def isolated_environment(given: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """All variables of the runtime; `own` is the part of `given` that the function's configuration sets."""
    defaults = {"PATH": _PATH, "LD_LIBRARY_PATH": _LIBRARIES}
    chosen = {name: own.get(name, value) for name, value in defaults.items()}
    variables = python_variables(given.get("AWS_EXECUTION_ENV", ""), TASK_ROOT) | dict(given) | chosen
    return {name: value for name, value in variables.items() if value or name in own}
