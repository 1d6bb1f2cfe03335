"""Explanations for a runtime that cannot load the code, find the handler, or read or write JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from workbench.model.exception_explanations import LOADED_FIRST
from workbench.model.limit_explanations import Failure
from workbench.model.node_import_explanations import explain_node_import, handler_file, module_kind
from workbench.model.python_explanations import explain_python_import


def explain_import(failure: Failure) -> str:
    """The handler's module could not be imported."""
    return explain_node_import(failure) if failure.runtime.startswith("nodejs") else explain_python_import(failure)


def handler_not_found(failure: Failure) -> str:
    """The module is there, the function is not."""
    file, _, name = failure.handler.rpartition(".")
    if failure.runtime.startswith("nodejs"):
        if extension := re.match(r"[cm]?js(?=\.)", failure.handler.removeprefix(handler_file(failure.handler) + ".")):
            return (f"The handler names its file without the extension: leave .{extension[0]} out of {failure.handler}. "
                    "Node.js runtimes look up everything after the first dot in the file's exports.")
        return (f"The file was loaded but exports no function called {name}. Write exports.{name} = … (or export const {name} "
                f"= …), or correct the handler {failure.handler}.")
    if failure.runtime.startswith("python") and re.split(r"[/.]", file)[0] in LOADED_FIRST:
        return (f"{file} is also the name of one of Python's own modules, which Lambda's runtime has loaded before it looks "
                "for your file. Rename your file and the handler.")
    return (f"Module {file} was imported but has no {name}. Define a function of that name with the parameters event and "
            f"context, or correct the handler {failure.handler}.")


def malformed_handler(failure: Failure) -> str:
    """The handler's name is not `file.function`, or leads out of the code folder."""
    if ".." in failure.handler:
        return (f"The handler {failure.handler} leads out of the code folder. Name a file in it, as seen from there, or let "
                "CodeUri name the folder above.")
    example = "index.handler" if failure.runtime.startswith("nodejs") else "app.handler"
    return (f"The handler must be a file and a function with a dot between them, such as {example}; "
            f"{failure.handler or 'an empty text'} is not. Change it in the configuration.")


def syntax_error(failure: Failure) -> str:
    """The runtime could not read the code."""
    if place := failure.found(r"\(([^()]+), line (\d+)\)"):
        return (f"Python could not read {place[1]} at line {place[2]}. Look at that line and the one before it for a missing "
                "bracket, quote, colon or indent. Code for a newer Python than this runtime's fails the same way.")
    if failure.found(r"import statement|Unexpected token 'export'|require is not defined"):
        return module_kind(failure)
    if name := failure.found(r"Named export '(\w+)' not found|does not provide an export named '(\w+)'"):
        return (f"The code imports {name[1] or name[2]} by name from a module that does not export it. Check the spelling; from "
                " a CommonJS module, import the default and take the name from it.")
    if failure.runtime.startswith("nodejs"):
        return ("Node.js could not read a file: it is not valid code for this version. Lambda does not say which line: "
                "run node --check on the handler's file and on the files it loads.")
    return ("The runtime could not read the file: it is not valid code for this version of the language. "
            "The stack trace names the line; look there and just above for a missing bracket, quote or comma.")


def built_in_conflict(failure: Failure) -> str:
    """The handler's file has the name of a module that is compiled into Python."""
    file = failure.handler.split(".")[0]
    return (f"{file} is also the name of one of Python's own modules, which would be loaded instead. "
            "Rename your file and the handler.")


def marshal_error(failure: Failure) -> str:
    """Python could not write the answer as JSON."""
    if failure.found(r"Object of type coroutine"):
        return ("The handler is an async function, which Lambda does not await in Python. Make it a plain def and start "
                "the asynchronous part in it with asyncio.run.")
    if kind := failure.found(r"Object of type (\w+) is not JSON serializable"):
        return (f"The function returned a value with a {kind[1]} in it, which JSON cannot hold. "
                f"Convert it first ({_CONVERSIONS.get(kind[1], 'to text, a number, a list or a dict')}).")
    if kind := failure.found(r"keys must be str, int, float, bool or None, not (\w+)"):
        return (f"The function returned a dict with a key of type {kind[1]}; in JSON keys are text. "
                "Convert the keys first, for example with str(key), or return a list of pairs.")
    if failure.found(r"[Cc]ircular"):
        return "The returned value contains itself, so it has no end as JSON. Return only the parts the caller needs."
    return "The returned value cannot be written as JSON. Return only text, numbers, true and false, null, lists and objects."


_CONVERSIONS: Mapping[str, str] = MappingProxyType({
    "datetime": "for a datetime: value.isoformat()", "date": "for a date: value.isoformat()", "set": "for a set: list(value)",
    "bytes": "for bytes: value.decode() or base64", "UUID": "for a UUID: str(value)", "Decimal": "for a Decimal: float(value)",
    "StreamingBody": "for an S3 body: value.read().decode()", "ndarray": "for an array: value.tolist()",
    "DataFrame": "for a data frame: value.to_dict('records')",
})


def stringify_error(_: Failure) -> str:
    """Node.js could not write the answer as JSON."""
    return ("The returned value cannot be written as JSON: it holds a BigInt, refers to itself, or has a toJSON that throws. "
            "Return a plain object with only what the caller needs.")


def unmarshal_error(_: Failure) -> str:
    """The event could not be read."""
    return "The event is not valid JSON, so the handler was never called. Correct the event; text needs double quotes around it."


def init_error(failure: Failure) -> str:
    """The function could not be loaded, in a runtime that reports only the exception's name (Ruby, Java)."""
    kind = failure.error_type.removeprefix("Init<").removesuffix(">")
    place = failure.found(r"([^/\\\s]+\.rb):(\d+): ")
    if place and kind == "SyntaxError":
        return (f"Ruby could not read {place[1]} at line {place[2]}. Look at that line and the one before it for a missing end, "
                "bracket or quote. Code for a newer Ruby than this runtime's fails the same way.")
    if gem := failure.found(r"cannot load such file -- (aws-sdk[\w-]*|aws-sigv4)"):
        return (f"On Lambda the runtime includes the AWS SDK for Ruby, and with it {gem[1]}. Outside a container, only the gems "
                f"installed on this machine are there: run gem install {gem[1]}, or choose Docker as the sandbox.")
    library = failure.found(r"cannot load such file -- ([^\s\"]+)")
    if library and library[1] != failure.handler.split(".")[0]:
        return (f"{library[1]} is neither a file of the function nor in any of its gems. Add the gem to the Gemfile, install it "
                "into vendor/bundle, which is part of the package, or correct the name. Gems on this machine do not count.")
    return (f"The function could not be loaded ({kind}), so the handler {failure.handler} was never called. "
            "Check that the handler names an existing file, class and method, and that all libraries are packed with the code.")
