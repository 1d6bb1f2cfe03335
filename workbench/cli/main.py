"""Entry point: `workbench`, `workbench DIR`, `workbench COMMAND`. Opening the window loads nothing of the other commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from workbench.cli.output import accept_any_encoding
from workbench.model.failures import WorkbenchError
from workbench.model.shown import shown

COMMANDS = ("open", "serve", "list", "invoke", "debug", "values", "trust", "allow", "trash", "history", "doctor", "cache")
EXIT_NOT_RUN = 2


def main() -> None:
    """Run what the command line says and exit with its status; failures of our own are told in two lines and exit with 2."""
    accept_any_encoding()
    find_programs_by_whole_paths()
    try:
        check_home()
        try:
            raise SystemExit(_run(sys.argv[1:]))
        finally:
            sys.stdout.flush()
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
            sys.stderr.write(f"workbench: The system refused: {error.strerror or error}.\n"
                             "  Check the place that the output goes to, and that disks have room.\n")
        raise SystemExit(EXIT_NOT_RUN) from None


def check_home() -> None:
    """State, caches and settings lie in the person's home. Raises WorkbenchError where none is known: a container's user without
    a name, say.
    """
    if not os.path.isabs(os.path.expanduser("~")):
        raise WorkbenchError("Your home folder is not known: HOME is not set, and this system has no entry for your user.",
                             "Set HOME to a folder that you may write.")


def tell_of_another_state() -> None:
    """Settings and trust that seem to be lost are not. Raises WorkspaceError."""
    from workbench.storage.state_home import in_place_of_anothers

    if elsewhere := in_place_of_anothers():
        sys.stderr.write(f"workbench: {shown(elsewhere)}\n")


def find_programs_by_whole_paths() -> None:
    """A relative entry of PATH, or an empty one, would find programs in the folder that one stands in: anybody's clone."""
    entries = os.environ.get("PATH", "").split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(entry for entry in entries if os.path.isabs(entry))
    if os.name == "nt":  # there the current folder comes before PATH, but for this
        os.environ["NODEFAULTCURRENTDIRECTORYINEXEPATH"] = "1"  # Windows tells no case in names


def tell_log_in_lines() -> None:
    """What a command logs, where nothing else was said about its log (`serve` does): a line each, without tracebacks."""
    import logging

    class Line(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return shown(f"workbench: {record.getMessage().partition(chr(10))[0]}")

    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Line())


def _end_output() -> None:
    """What is not written yet goes nowhere: Python would try again when it ends, and complain."""
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    if arguments == ["namespace-helper"]:  # not for people: see sandbox.isolated.namespace_sockets
        from workbench.sandbox.isolated import namespace_helper

        namespace_helper.main()
        return 0
    tell_of_another_state()
    if not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-")):
        arguments = ["open", *arguments]
    if arguments[0] == "open" and len(arguments) <= 2 and not arguments[-1].startswith("-"):
        from workbench.cli.window import show_window

        return show_window(Path(arguments[1]) if len(arguments) == 2 else None)
    tell_log_in_lines()
    from workbench.cli.commands import application
    from workbench.cli.template_options import with_overrides_together

    application(with_overrides_together(arguments))
    return 0
