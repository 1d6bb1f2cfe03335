"""Watches the imports of init: how long each took and who asked for it, and the moment `logging` comes in.

All imports that are not served from sys.modules pass `_find_and_load` of the import machinery, also those from C.
"""

import _frozen_importlib
import _json
import sys
from _thread import get_ident
from time import monotonic_ns

SHORTEST_NS = 100_000
"""Imports below this are part of their importer's own time and not reported."""
MAX_REPORT_BYTES = 60_000
FIRST_LINE = 1_000_000
"""The line number the watch's frames carry: before Python 3.11 they stay in tracebacks and are told apart by it."""


class ImportWatch:
    """From `start` on it records; `stop` ends that. One a process, used on the main thread."""

    def __init__(self, on_logging: object) -> None:
        """`on_logging()` is called once, when `logging` has been imported and before its importer goes on."""
        self.records = []
        self._on_logging = on_logging
        self._original = _frozen_importlib._find_and_load

    def start(self) -> None:
        """Begin to record; `logging` may be there already (a .pth file can bring it in)."""
        if "logging" in sys.modules:
            self._tell_logging()
        recording = _recording(self._original, self.records, self._tell_logging)
        _frozen_importlib._find_and_load = _disguised(recording)

    def stop(self) -> None:
        """Record no more, but go on waiting for `logging`."""
        if self._on_logging is None:
            _frozen_importlib._find_and_load = self._original
        else:
            _frozen_importlib._find_and_load = _disguised(_waiting(self._original, self._tell_logging))

    def report(self) -> str:
        """The records as JSON, [[module, index of importer or -1, start, duration, own duration], …] in ns, cut to fit."""
        text = _written(self.records)
        if len(text) <= MAX_REPORT_BYTES:
            return text
        keep = len(self.records)
        while len(text) > MAX_REPORT_BYTES:
            keep = min(keep - 1, keep * MAX_REPORT_BYTES // len(text))
            text = _written(_largest(self.records, keep))
        return text

    def _tell_logging(self) -> None:
        tell, self._on_logging = self._on_logging, None
        if tell is not None:
            tell()


def _recording(original: object, records: list, on_logging: object) -> object:
    home = get_ident()
    unrecorded = _waiting(original, on_logging)
    parent = -1
    nested_ns = 0

    def _find_and_load(name: str, import_: object) -> object:
        nonlocal parent, nested_ns
        if get_ident() != home:
            return unrecorded(name, import_)
        importer, importer_ns, index, nested_ns = parent, nested_ns, len(records), 0
        parent = index
        record = [name, importer, 0, 0, 0]
        records.append(record)
        started = monotonic_ns()
        try:
            module = original(name, import_)
            if name == "logging":
                on_logging()
            return module
        except BaseException as error:
            _unlink_watch(error)
            raise
        finally:
            took = monotonic_ns() - started
            if took < SHORTEST_NS:  # so were all it imported: it is the last record
                del records[index:]
            else:
                record[2:] = started, took, took - nested_ns
            parent, nested_ns = importer, importer_ns + took

    return _find_and_load


def _waiting(original: object, on_logging: object) -> object:
    def _find_and_load(name: str, import_: object) -> object:
        try:
            module = original(name, import_)
        except BaseException as error:
            _unlink_watch(error)
            raise
        if name == "logging":
            on_logging()
        return module

    return _find_and_load


def _unlink_watch(error: BaseException) -> None:
    """Leave no trace of the watch in what the function's own code may print. Python before 3.11 does not let itself be told."""
    error.__traceback__ = error.__traceback__.tb_next


def _disguised(function: object) -> object:
    """Make the interpreter and `traceback` take it for import machinery, whose frames they leave out of tracebacks."""
    function.__code__ = function.__code__.replace(co_filename="<frozen importlib._bootstrap>", co_firstlineno=FIRST_LINE)
    return function


def _largest(records: list, count: int) -> list:
    """The `count` longest imports with the indices of their importers made right: an importer takes longer than its imports."""
    chosen = sorted(sorted(range(len(records)), key=lambda index: -records[index][3])[:count])
    place = {old: new for new, old in enumerate(chosen)}
    return [[records[old][0], place.get(records[old][1], -1), *records[old][2:]] for old in chosen]


def _written(records: list) -> str:
    quoted = _json.encode_basestring_ascii
    rows = (f"[{quoted(name)},{parent},{start},{took},{own}]" for name, parent, start, took, own in records)
    return f"[{','.join(rows)}]"
