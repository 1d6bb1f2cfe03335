"""Explanations of exceptions raised outside the handler: during init there is no event yet that could be wrong.

Entries are as in `exception_explanations`, and take precedence over those for a failure in init.
"""

from __future__ import annotations

import re

_IN_INIT: tuple[tuple[str, str], ...] = (
    (r"^(KeyError|Function<KeyError>): (key not found: )?(?P<key>.+)$",
     "Code outside the handler asked for the key {key}, which is not there; no event exists yet. "
     "The stack trace shows the line: check what the dict there holds."),
    (r"^TypeError: Cannot read propert(y|ies) .*of (?P<nothing>undefined|null)",
     "Code outside the handler reads a property of something that is {nothing}. The stack trace shows the line: "
     "check which value is missing there, perhaps an environment variable."),
    (r"^(TypeError|AttributeError): .*'NoneType' object",
     "Code outside the handler uses a value that is None: a call that returned nothing, or a setting that is missing. "
     "The stack trace shows which."),
    (r"^TypeError: (?P<name>[\w.<>]+)\(\) (takes .* but \d+ (was|were) given|missing \d+ required)",
     "Code outside the handler calls {name} with the wrong number of arguments. The stack trace shows the call."),
    (r"^JSONDecodeError|^SyntaxError: .*JSON|JSON::ParserError",
     "Code outside the handler parsed a text as JSON that is not JSON; it may be empty. Look at the file or environment "
     "variable that it comes from."),
    (r"^IndexError: |^Function<IndexError>",
     "A list that code outside the handler reads is shorter than it expects. The stack trace shows the line."),
    (r"NullPointerException|nil pointer dereference|NullReferenceException|Function<NoMethodError>: .*for nil",
     "A value is missing where code outside the handler uses it. The stack trace shows the line; check the value there first."),
    (r"ZeroDivisionError|divide by zero|java\.lang\.ArithmeticException: / by zero",
     "Code outside the handler divided by zero. The stack trace shows the line."),
)


def explain_in_init(error_type: str, error_message: str) -> str:
    """Return cause and cure of an exception raised in init, "" for one that means the same anywhere."""
    text = f"{error_type}: {error_message}"
    for pattern, sentences in _IN_INIT:
        if found := re.search(pattern, text):
            return sentences.format(**found.groupdict())
    return ""


def init_exited(status: int | None, runtime: str) -> str:
    """Explain a process that ended in init; `status` is None if it exited with 0."""
    with_status = f" with status {status}" if status is not None else ""
    call = "process.exit" if runtime.startswith("nodejs") else "sys.exit or os._exit" if runtime.startswith("python") else "exit"
    return (f"The process ended{with_status} in init, before the handler could be called: code outside the handler called "
            f"{call}, or could not continue. Read the log lines before this one, and let the module load to its end.")
