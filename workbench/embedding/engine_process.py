"""The process of an embedded engine: started, waited for, ended with the program, with nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from workbench.client.engine_process import (
    PACKAGE_ROOT,
    START_TIMEOUT_S,
    child_environment,
    last_words,
    read_connection,
    serve_command,
)
from workbench.embedding.options import EngineOptions, serve_options
from workbench.model.engine_api import Connection
from workbench.model.failures import EngineError, WorkspaceError
from workbench.storage.log_file import open_log
from workbench.storage.person_folders import APPLICATION
from workbench.storage.state_home import VARIABLE, own_folder
from workbench.storage.temporary_state import make_temporary_home, remove_temporary_home
from workbench.workspace.state_directory import own_folder_of

_ENDING_S = 15.0
_DYING_S = 2.0
_LOOK_S = 0.005


class EmbeddedProcess:
    """One engine as a child process, which ends when its standard input does: at `close`, or however this program ends.

    Its state home is a folder of its own, so that it neither sees nor changes what a person chose for the workspace.
    """

    def __init__(self, root: Path, options: EngineOptions) -> None:
        """Start it. Blocks for some milliseconds. Raises WorkbenchError."""
        if not root.is_dir():
            raise WorkspaceError(f"There is no folder {root}.", "Name the folder of a SAM application.")
        self._home, self._state_directory = _homes(root, options)
        self._log = self._state_directory / "engine.log"
        try:
            self._refuse_second()
            given = serve_options(options, self._state_directory)
            self._process = self._started(serve_command(root, "--embedded", "--trust", *given))
        except BaseException:
            remove_temporary_home(self._home)
            raise

    def _started(self, command: list[str]) -> subprocess.Popen[bytes]:
        with open_log(self._log) as output:
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=PACKAGE_ROOT,
                env={**child_environment(), VARIABLE: str(self._home)},
                # Ctrl+C is for this program, which then ends the engine in order.
                start_new_session=True, creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0))

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def ends(self) -> bool:
        """Whether it has ended, or does so now: its connections break a moment before. Blocks for up to 2 s."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_DYING_S)
        return not self.is_running

    def connection(self) -> Connection:
        """Wait until the engine listens. Raises EngineError in the engine's own words if it does not start."""
        end_s = time.monotonic() + START_TIMEOUT_S
        while self.is_running and time.monotonic() < end_s:
            connection = read_connection(self._state_directory)
            if connection is not None and (os.name == "nt" or connection.pid == self.pid):  # on Windows, venvs start another
                return connection
            time.sleep(_LOOK_S)
        raise EngineError(f"The engine did not start: {self.last_words()}")

    def how_it_ended(self) -> str:
        """Say why it has ended. What is killed says nothing, and what its log ends with then is no reason."""
        status = self._process.poll()
        if status == 0:
            return "it was asked to."
        if status is None or status > 0:
            return self.last_words()
        return f"it was killed by signal {-status} ({signal.strsignal(-status)})."

    def last_words(self) -> str:
        """What its log ends with."""
        return last_words(self._log) or (
            f"it has not answered for {START_TIMEOUT_S:.0f} seconds." if self.is_running else "its log is empty.")

    def close(self) -> None:
        """End it in order, which stops its environments; kill it if that takes too long. Idempotent. Blocks."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        remove_temporary_home(self._home)  # the engine did, unless it was killed

    def _refuse_second(self) -> None:
        running = read_connection(self._state_directory)
        if running is not None:
            raise EngineError(f"An engine already has this state: {running.url} (process {running.pid}).",
                              "Close it first, or name another folder as state.")


def _homes(root: Path, options: EngineOptions) -> tuple[Path, Path]:
    """Return the state home and, in it, the state folder of the workspace, created. Raises WorkspaceError."""
    kept = options.get("state", "")
    try:
        home = Path(kept).resolve() if kept else make_temporary_home()
        application = own_folder(home / APPLICATION)
        directory = own_folder_of(application, root)
        own_folder(directory.parent)
        return home, own_folder(directory)
    except OSError as error:
        where = kept or "a temporary one"
        raise WorkspaceError(f"There is no usable folder for the engine's state ({where}: {error.strerror or error}).",
                             "Make it writable, or name another one as state.") from error
