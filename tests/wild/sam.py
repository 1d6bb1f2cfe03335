"""SAM CLI's reading of a template, by its own code: the oracle."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.wild.seen import Reading, SeenFunction


def read(path: Path) -> Reading:
    """Its functions of this template alone, children of nested stacks left out. What it raises becomes a refusal."""
    from samcli.lib.providers.sam_function_provider import SamFunctionProvider
    from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

    logging.disable(logging.CRITICAL)
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stderr(nowhere), \
                contextlib.redirect_stdout(nowhere), warnings.catch_warnings(action="ignore"):
            stacks, _ = SamLocalStackProvider.get_stacks(str(path), language_extensions_enabled=True)
            functions = list(SamFunctionProvider(stacks, use_raw_codeuri=True, ignore_code_extraction_warnings=True).get_all())
    except Exception as error:  # whatever it is, it is SAM's answer
        return Reading(refusal=f"{type(error).__name__}: {error}"[:300])
    finally:
        logging.disable(logging.NOTSET)
    own = [function for function in functions if not function.stack_path]
    return Reading(functions={function.name: _seen(function, path.parent) for function in own})


def _seen(function: Any, folder: Path) -> SeenFunction:
    variables = (function.environment or {}).get("Variables") if isinstance(function.environment, dict) else None
    return SeenFunction(
        logical_id=function.name, name=str(function.functionname or ""), runtime=_text(function.runtime),
        handler=_text(function.handler), memory_mb=_number(function.memory, 128), timeout_s=_number(function.timeout, 3),
        architecture=_text((function.architectures or ["x86_64"])[0]) if isinstance(function.architectures or [], list) else "",
        code=_code(function, folder), layers=len(function.layers or ()), environment=_variables(variables))


def _variables(variables: object) -> Mapping[str, str]:
    return {str(name): _text(value) for name, value in variables.items()} if isinstance(variables, dict) else {}


def _text(value: object) -> str:
    """As SAM hands a value to the function: its environment variables are made texts this way."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: object, default: int) -> int | str:
    if value is None:
        return default
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else str(value)


def _code(function: Any, folder: Path) -> str:
    if function.packagetype == "Image":
        return "image"
    if function.inlinecode is not None:
        return "inline"
    location = function.codeuri
    if location is None:
        return ""
    if not isinstance(location, str) or location.startswith("s3://"):
        return "elsewhere"
    return str((folder / location).resolve() if (folder / location).exists() else folder.resolve() / location)
