"""Entry point: `workbench`, `workbench DIR`, `workbench COMMAND`.

Opening the window bypasses the command-line parser and loads nothing of the other commands, to keep its start fast.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from workbench.cli.output import accept_any_encoding
from workbench.model.failures import WorkbenchError
from workbench.model.shown import shown

COMMANDS = ("open", "serve", "list", "invoke", "invocations", "invocation", "logs", "debug", "values", "trust", "allow",
            "concurrency", "credentials", "overrides", "api", "inbox", "keys", "queue", "urls", "trash", "history", "doctor",
            "cache")
EXIT_NOT_RUN = 2


def main() -> None:
    """Run the command line and exit with its status. A WorkbenchError is printed as message and hint, with exit status 2."""
    accept_any_encoding()
    find_programs_by_whole_paths()
    try:
        check_home()
        try:
            raise SystemExit(_run(sys.argv[1:]))
        finally:
            sys.stdout.flush()  # here, where a full disk is still reported in a sentence; at exit Python would complain itself
    except WorkbenchError as error:
        sys.stderr.write(f"workbench: {shown(error.message)}\n")
        if error.hint:
            sys.stderr.write(f"  {shown(error.hint)}\n")
        raise SystemExit(EXIT_NOT_RUN) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as error:
        _end_output()
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"workbench: The operating system refused: {error.strerror or error}.\n"
                             "  Check where the output goes, and that the disk has space.\n")
        raise SystemExit(EXIT_NOT_RUN) from None


def check_home() -> None:
    """Raise WorkbenchError when no home folder is known, as for a container's user that has no passwd entry.

    State, caches and settings are kept in it.
    """
    if not os.path.isabs(os.path.expanduser("~")):
        raise WorkbenchError("Your home folder is not known: HOME is not set, and this system has no entry for your user.",
                             "Set HOME to a folder that you can write to.")


def tell_of_another_state() -> None:
    """Settings and trust that seem to be lost are not. Raises WorkspaceError."""
    from workbench.storage.state_home import in_place_of_anothers

    if elsewhere := in_place_of_anothers():
        sys.stderr.write(f"workbench: {shown(elsewhere)}\n")


def find_programs_by_whole_paths() -> None:
    """Drop relative and empty entries from PATH: they would find programs in the current folder, which may be anyone's clone."""
    entries = os.environ.get("PATH", "").split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(entry for entry in entries if os.path.isabs(entry))
    if os.name == "nt":  # Windows searches the current folder before PATH unless this is set
        os.environ["NODEFAULTCURRENTDIRECTORYINEXEPATH"] = "1"  # in capitals because os.environ stores all names so there


def log_single_lines() -> None:
    """Print log records as one line each, without tracebacks. `serve` configures its own log, which takes precedence."""
    import logging

    class Line(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return shown(f"workbench: {record.getMessage().partition(chr(10))[0]}")

    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Line())


def _end_output() -> None:
    """Discard unwritten output: Python would try to flush it again at exit, and complain."""
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    if arguments == ["namespace-helper"]:  # internal: see sandbox.isolated.namespace_sockets
        from workbench.sandbox.isolated import namespace_helper

        namespace_helper.main()
        return 0
    tell_of_another_state()
    if not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-")):
        arguments = ["open", *arguments]
    if arguments[0] == "open" and len(arguments) <= 2 and not arguments[-1].startswith("-"):
        from workbench.cli.window import show_window

        return show_window(Path(arguments[1]) if len(arguments) == 2 else None)
    log_single_lines()
    from workbench.cli.commands import application
    from workbench.cli.template_options import with_overrides_together

    application(with_overrides_together(arguments))
    return 0
