"""Explanations for a module, a handler or an environment variable that Python does not find."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from workbench.model.exception_explanations import BROUGHT_BY_PYTHON, brought_by_runtime
from workbench.model.limit_explanations import Failure

_OS_ENVIRON = re.compile(r'File "(<frozen os>|[^"]*\bos\.py)", line \d+, in __getitem__')
_RUNTIME_CALLS = re.compile(r'File "/var/runtime/\S+", line \d+, in handle_event_request\s+response = .+')
"""A stack trace of a single frame, in which AWS's client calls the handler: none of the function's own code is in it."""
_PACKAGES: Mapping[str, str] = MappingProxyType({
    "yaml": "PyYAML", "PIL": "Pillow", "cv2": "opencv-python-headless", "sklearn": "scikit-learn", "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil", "dotenv": "python-dotenv", "jwt": "PyJWT", "psycopg2": "psycopg2-binary",
    "Crypto": "pycryptodome", "MySQLdb": "mysqlclient", "attr": "attrs", "google.protobuf": "protobuf",
    "aws_lambda_powertools": "aws-lambda-powertools", "aws_xray_sdk": "aws-xray-sdk", "skimage": "scikit-image",
})
"""Python modules whose package on PyPI has a different name."""


def missing_variable(failure: Failure) -> str:
    """Return cause and cure of a KeyError from `os.environ`, "" for any other.

    The two differ only in the last frame of the stack trace, which lies in Python's os module for the former.
    """
    name = re.fullmatch(r"'(\w+)'", failure.message)
    if failure.error_type != "KeyError" or name is None or not _OS_ENVIRON.search(failure.trace):
        return ""
    return (f"The environment variable {name[1]} is not set. Set it under Environment in the function's configuration, or read "
            f"it with os.environ.get and a default.")


def unusable_handler(failure: Failure) -> str:
    """Return cause and cure if the handler setting is at fault although the error looks like the code's own, "" otherwise."""
    if failure.found(r"^the 'package' argument is required to perform a relative import"):
        return (f"The handler {failure.handler} starts with a dot, which Python reads as a relative import inside a package. "
                f"Name the file as seen from the code folder: {failure.handler.lstrip('./')}.")
    kind = failure.found(r"^'(\w+)' object is not callable$")
    if kind and _RUNTIME_CALLS.fullmatch(failure.trace.strip()):
        return (f"The handler {failure.handler} is not a function: its value is of type {kind[1]}. "
                f"Define {failure.handler.rpartition('.')[2]}(event, context), or name another handler.")
    return ""


def explain_python_import(failure: Failure) -> str:
    """Return cause and cure of a module that was not found or could not be imported."""
    if missing := failure.found(r"No module named '([^']+)'"):
        return _missing_python_module(failure, missing[1])
    if symbol := failure.found(r"cannot import name '([^']+)' from (?:partially initialized module )?'([^']+)'"):
        return (f"Module {symbol[2]} is there but has no {symbol[1]}. Check the spelling, the installed version of "
                f"{symbol[2].split('.')[0]}, and that no file of yours has the same name or imports in a circle.")
    if failure.found(r"attempted relative import"):
        return ("The handler's file is not inside a package, so an import that starts with a dot has nowhere to look. "
                "Import with the full name, or name the handler package.module.function.")
    if failure.found(r"ELF|cannot open shared object|wrong architecture|DLL load failed|incompatible architecture"):
        return ("A package with compiled parts was built for another system. Install the build for Lambda's: pip install "
                "--platform manylinux2014_x86_64 --only-binary=:all: -t . (manylinux2014_aarch64 for arm64).")
    return ("The file with the handler could not be imported; the text after the colon is the reason Python gave. "
            "Correct the import it names; until then, none of the module runs.")


def _missing_python_module(failure: Failure, module: str) -> str:
    path = failure.handler.rpartition(".")[0]
    if file := failure.found(r"'([\w.]+)' is not a package$"):
        return _inside_a_file(failure, module, file[1])
    if module in (path.replace("/", "."), path.replace("/", ".").split(".")[0]):
        return (f"There is no {path.replace('.', '/')}.py in the code folder, which handler {failure.handler} asks for. "
                "Check the name of the file, the handler and the CodeUri of the template.")
    top = module.split(".")[0]
    if top in BROUGHT_BY_PYTHON:
        return brought_by_runtime(top)
    package = _PACKAGES.get(module) or _PACKAGES.get(top, top)
    return (f"The code imports {module}, which is not in the code folder, a layer or the runtime. If it is a library, add "
            f"{package} to requirements.txt beside the code, and it is installed before the next invocation; if it is your "
            "own file, check where it is.")


def _inside_a_file(failure: Failure, module: str, file: str) -> str:
    if module == failure.handler.rpartition(".")[0].replace("/", "."):
        return (f"The part of the handler {failure.handler} before its last dot names a file without its extension, but "
                f"{file} is a file and not a folder that could contain one. Name a function in it, such as "
                f"{file}.handler; a method of a class cannot be a handler.")
    return (f"The code imports {module}, but {file} is a file and not a folder with modules. If {file} should be a library, "
            "rename your own file of that name; otherwise correct the import.")
