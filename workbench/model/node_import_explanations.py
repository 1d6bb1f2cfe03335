"""Explanations for a module that Node.js does not find or cannot load.

Source: Lambda guide, "Runtime-included SDK versions" and "Experimental features" of Node.js.
"""

from __future__ import annotations

import re

from workbench.model.limit_explanations import Failure

_NOT_FOUND = r"Cannot find (?:module|package) '([^']+)'"
_NOT_REQUIRED = r"ERR_REQUIRE_ESM|require\(\) of ES Module"
_SDK_3_FROM = 18
_NO_REQUIRED_MODULES = (20, 22)


def is_node_import(failure: Failure) -> bool:
    """Whether an error thrown by the code is about loading a module (`import()` or `require` in a handler, nested imports)."""
    return failure.runtime.startswith("nodejs") and bool(failure.found(f"^(?:Error: )?(?:{_NOT_FOUND}|{_NOT_REQUIRED})"))


def explain_node_import(failure: Failure) -> str:
    """Return cause and cure of a module that was not found or could not be loaded."""
    missing = failure.found(_NOT_FOUND)
    if missing and missing[1] == handler_file(failure.handler):
        return (f"A file is missing: {missing[1]}. Handler {failure.handler} asks for {missing[1]}.js, .mjs or .cjs in the code "
                "folder; check the file name and the handler. TypeScript has to be built first, for example with BuildMethod: "
                "esbuild in the function's Metadata.")
    if missing and not re.search(r"^[./]|^[A-Za-z]:\\", missing[1]):
        return _missing_package(missing[1], _generation(failure))
    if missing:
        return _missing_file(failure, missing[1])
    return module_kind(failure)


def handler_file(handler: str) -> str:
    """Return the part of a handler that names the file: for Node.js, everything up to the first dot after the last slash."""
    folder, slash, rest = handler.rpartition("/")
    return f"{folder}{slash}{rest.partition('.')[0]}".removeprefix("./")


def _missing_file(failure: Failure, path: str) -> str:
    if meant := failure.found(r'Did you mean to import "([^"]+)"'):
        return (f"An ES module import must name the file in full, with its extension: import {meant[1]}. "
                "Only require and bundlers add the extension.")
    return (f"The code imports {path}, and there is no such file in the package. Check the path, the spelling (on Lambda upper "
            "and lower case differ) and that the file is below CodeUri; TypeScript has to be built first.")


def _generation(failure: Failure) -> int:
    named = re.match(r"nodejs(\d+)", failure.runtime)
    return int(named[1]) if named else 0


def _missing_package(module: str, generation: int) -> str:
    package = "/".join(module.split("/")[: 2 if module.startswith("@") else 1])
    install = f"Run npm install {package} in the code folder."
    if package == "aws-sdk" and generation >= _SDK_3_FROM:
        return ("The code imports version 2 of the AWS SDK, but nodejs18.x and later include only version 3. Use the clients of "
                f"version 3 (@aws-sdk/client-...). {install[:-1]} if you need version 2.")
    if package.startswith(("@aws-sdk/", "@smithy/")) and generation >= _SDK_3_FROM:
        return (f"If {package} is part of the AWS SDK, Lambda's runtime includes it. Outside a container, a function gets the "
                "SDK packages whose names its code has in quotes, as in an import, if npm can install them: write the name that "
                f"way. {install[:-1]} to use a version of your own.")
    return (f"The code imports {module}, which is not in node_modules, a layer or the runtime (node_modules above the code "
            f"folder is not deployed). {install}")


def module_kind(failure: Failure) -> str:
    """Explain an error where the two module systems, ES modules and CommonJS, meet."""
    if failure.found(_NOT_REQUIRED) and _generation(failure) in _NO_REQUIRED_MODULES:
        return (f"In {failure.runtime}, Lambda disables loading ES modules with require, although Node.js supports it. Load the "
                "module with await import(), bundle the code, or set NODE_OPTIONS to --experimental-require-module.")
    if failure.found(rf"require is not defined|Cannot use import statement|{_NOT_REQUIRED}|Unexpected token 'export'"):
        return ("The file mixes the two module systems: import and export need the ending .mjs (or \"type\": \"module\" in "
                "package.json), require and module.exports need .cjs or .js without it.")
    return "The file with the handler could not be loaded. The message names the file or statement: correct that first."
