"""The environment variables that Python functions have in addition to those of other languages.

Source: environments recorded on Lambda (2026). AWS's start script leaves SHLVL and PWD behind, and on Amazon Linux 2023 Python
sets LC_CTYPE, because the locale that LANG names is not installed there.
"""

from __future__ import annotations

_PREFIX = "AWS_Lambda_python"
_FIRST_ON_AL2023 = 12


def python_variables(execution_environment: str, code_folder: str) -> dict[str, str]:
    """The variables for this value of AWS_EXECUTION_ENV; {} for other languages.

    In addition to the recorded ones: byte code is not written, because the task root is read-only on Lambda, and log records
    come as frames through standard output (our bootstrap removes that variable, as AWS's client does).
    """
    if not execution_environment.startswith(_PREFIX):
        return {}
    minor = int(execution_environment.removeprefix(_PREFIX).partition(".")[2] or 0)
    locale = {"LC_CTYPE": "C.UTF-8"} if minor >= _FIRST_ON_AL2023 else {}
    return {"SHLVL": "0", "PWD": code_folder, **locale, "PYTHONDONTWRITEBYTECODE": "1", "_LAMBDA_TELEMETRY_LOG_FD": "1"}
