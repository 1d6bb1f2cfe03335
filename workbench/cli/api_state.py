"""`workbench api`: what the Lambda API made in a workspace, listed, exported, imported, removed."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

import msgspec

from workbench.cli.invoke import engine_of
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.client.api_state import ApiStateClient
from workbench.model.api_state import ARCHIVE_LIMIT_BYTES, ApiStateReport
from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.model.shown import shown
from workbench.storage.safe_files import Unfit, open_regular
from workbench.workspace.locating.options import Options

NOTHING = "The API made nothing in this workspace.\n"


def show_state(workspace: Path, *, as_json: bool) -> int:
    """Print what the API made. Returns exit status 0."""
    async def show() -> ApiStateReport:
        async with _state_of(workspace) as state:
            return await state.report()

    report = run(show())
    if as_json:
        write_json(msgspec.json.encode(report))
    else:
        sys.stdout.write(shown(words(report)) or NOTHING)
    return 0


def export_state(workspace: Path, file: Path, *, force: bool) -> int:
    """Write everything to a file that only this user may read. Returns exit status 0; raises WorkbenchError."""
    async def export(draft: IO[bytes]) -> ApiStateReport:
        async with _state_of(workspace) as state:
            await state.write_to(draft)
            return await state.report()

    with _new_file(file, force=force) as draft:
        report = run(export(draft))
    sys.stdout.write(shown(f"{file} has {report.sentence()}.\n"))
    if report.has_variables:
        sys.stdout.write("The values of environment variables are in it, and may be secrets: only you can read the file.\n")
    return 0


def import_state(workspace: Path, file: Path, *, force: bool) -> int:
    """Add what a file has, all of it or nothing. Returns exit status 0; raises WorkbenchError."""
    async def add(opened: IO[bytes]) -> ApiStateReport:
        async with _state_of(workspace) as state:
            return await state.add(opened, replace=force)

    with _opened(file) as opened:
        report = run(add(opened))
    sys.stdout.write(shown(f"{words(report)}Imported {report.sentence()}.\n"))
    return 0


def reset_state(workspace: Path, *, agreed: bool) -> int:
    """Remove everything, after a question unless `agreed`. Returns exit status 0, 1 if the person says no."""
    async def reset() -> tuple[ApiStateReport, bool]:
        async with _state_of(workspace) as state:
            report = await state.report()
            if report.resources and not (agreed or _agrees(report)):
                return report, False
            return await state.reset(), True

    report, is_removed = run(reset())
    if not report.resources:
        sys.stdout.write(NOTHING)
    elif is_removed:
        sys.stdout.write(shown(f"{words(report) if agreed else ''}Removed {report.sentence()}.\n"))
    return 0 if is_removed or not report.resources else 1


def words(report: ApiStateReport) -> str:
    """List everything for the terminal, one a line."""
    return "".join(f"{each.sentence()}\n" for each in report.resources)


def _agrees(report: ApiStateReport) -> bool:
    """Ask the person. Raises InvalidInput where nobody can be asked."""
    if not sys.stdin.isatty():
        raise InvalidInput(f"This would remove {report.sentence()}.",
                           "Say so with --yes. workbench api export keeps it in a file.")
    sys.stdout.write(shown(f"{words(report)}Remove all of this ({report.sentence()})? It cannot be undone. [y/N] "))
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextlib.asynccontextmanager
async def _state_of(workspace: Path) -> AsyncIterator[ApiStateClient]:
    async with engine_of(workspace, Options()) as engine, ApiStateClient(engine.connection) as client:
        yield client


@contextlib.contextmanager
def _new_file(file: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Give a file of mode 0600, which has its name when the block ends well. Raises WorkspaceError."""
    _check_free(file, force=force)
    try:
        descriptor, draft = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".tmp", dir=file.parent)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                yield opened
                opened.flush()
                os.fsync(descriptor)
            _check_free(file, force=force)
            os.replace(draft, file)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise
    except OSError as error:
        message = f"{file} could not be written: {error.strerror or error}."
        raise WorkspaceError(message, "Check that the folder is there and writable, and that the disk has space.") from error


def _check_free(file: Path, *, force: bool) -> None:
    if not force and os.path.lexists(file):
        raise WorkspaceError(f"{file} exists already.", "Name another file, or overwrite it with --force.")


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """Open a file to be imported. Raises WorkspaceError for what is no file, or too large for an export."""
    try:
        descriptor = open_regular(file.resolve(), os.O_RDONLY, own=False)
        if os.fstat(descriptor).st_size > ARCHIVE_LIMIT_BYTES:
            os.close(descriptor)
            raise Unfit("too-large")
    except FileNotFoundError as error:
        raise WorkspaceError(f"There is no file {file}.", "workbench api export makes one.") from error
    except (Unfit, OSError, RuntimeError) as error:  # the last for links in a circle
        said = f"it {error}" if isinstance(error, Unfit) else getattr(error, "strerror", None) or error
        message = f"{file} cannot be imported: {said}."
        raise WorkspaceError(message, "Name a file that workbench api export has made.") from error
    with os.fdopen(descriptor, "rb") as opened:
        yield opened
