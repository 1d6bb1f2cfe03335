"""The tables of the journal, in its eighth version.

`events` has what was written last, a row each; `blocks` what is older, packed. Everything in `blocks` came before everything in
`events`. The first version had `events` alone: such a file is one whose blocks are still to be made. The second had neither
`tallies` nor an index by time, the third neither circumstances nor `log_entries` nor durations of restores, the fourth
neither signatures nor extremes nor whole events; up to then there was an index by function, which is dropped. The fifth had
signatures of another form, in a table that is dropped; the sixth knew no kinds of lines. The seventh had other keys in `parts`,
which stay.
"""

from __future__ import annotations

import contextlib
import sqlite3

VERSION = 8
"""The file's `user_version`."""
ADDED = "circumstance", "INTEGER"
"""The column that the fourth version added to the index."""
INDEXED_SINCE = 2
"""The version from which on all invocations are in the index."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, request_id TEXT, environment_id TEXT, event BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS events_of_request ON events (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_of_environment ON events (environment_id) WHERE request_id IS NULL;
CREATE TABLE IF NOT EXISTS living (environment_id TEXT PRIMARY KEY, event BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (
    seq INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, written_ms INTEGER NOT NULL, era INTEGER NOT NULL,
    size INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS blocks_of_era ON blocks (era, size);
CREATE TABLE IF NOT EXISTS parts (owner INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (owner, block)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS invocations (
    seq INTEGER PRIMARY KEY, request_id BLOB NOT NULL, environment_id BLOB NOT NULL, function INTEGER NOT NULL,
    version INTEGER NOT NULL, sandbox INTEGER NOT NULL, is_cold INTEGER NOT NULL, received_us INTEGER NOT NULL, ended_us INTEGER,
    status INTEGER, error INTEGER, duration_us INTEGER, billed_ms INTEGER, init_us INTEGER, memory_mb INTEGER, used_mb INTEGER, \
circumstance INTEGER);
CREATE INDEX IF NOT EXISTS invocations_by_time ON invocations (received_us, function, version, status, is_cold);
CREATE TABLE IF NOT EXISTS restores (seq INTEGER PRIMARY KEY, duration_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tallies (
    function INTEGER NOT NULL, version INTEGER NOT NULL, status INTEGER NOT NULL, is_cold INTEGER NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (function, version, status, is_cold)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log_entries (block INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS log_entries_by_place ON log_entries (first, block);
CREATE TABLE IF NOT EXISTS grams (block INTEGER PRIMARY KEY, log BLOB NOT NULL, event BLOB NOT NULL, result BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS line_kinds (block INTEGER PRIMARY KEY, kinds BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS circumstances (
    id INTEGER PRIMARY KEY, deployment TEXT NOT NULL, cause TEXT NOT NULL, alias TEXT NOT NULL,
    last_seq INTEGER NOT NULL, UNIQUE (deployment, cause, alias));
CREATE TABLE IF NOT EXISTS deployments (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, architecture TEXT NOT NULL, code_sha256 TEXT NOT NULL,
    configuration BLOB NOT NULL, code BLOB);
CREATE TABLE IF NOT EXISTS contents (hash BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uses (
    deployment INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (deployment, hash)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS uses_of_content ON uses (hash);
CREATE TABLE IF NOT EXISTS marks (seq INTEGER PRIMARY KEY, is_starred INTEGER NOT NULL, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS extremes (
    stretch INTEGER PRIMARY KEY, least_received_us INTEGER NOT NULL, most_received_us INTEGER NOT NULL,
    least_duration_us INTEGER NOT NULL, most_duration_us INTEGER NOT NULL, least_used_mb INTEGER NOT NULL,
    most_used_mb INTEGER NOT NULL, least_mb_ms INTEGER NOT NULL, most_mb_ms INTEGER NOT NULL,
    circumstance_bits INTEGER NOT NULL, name_bits INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS whole_events (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS whole_events_of_content ON whole_events (hash);
"""
"""`blocks.seq` is the number of the last event, `size` how many bytes there are (nobody reads them to count them); `parts`
says which blocks have events of a request or an environment, see `parts`; `invocations.seq` is the number of
`sandbox.assigned`; `restores` has the durations of restores by it; `tallies` says how many invocations there are of each kind,
those without a status under 0; `log_entries` says which entries of the log a block has, by their places, see `entries`;
`grams` tell what a block does not have in its log, its events and its results, see `signatures`; `line_kinds` say
what lines it has, see the module; `circumstances` are what
invocations have in common: by whom they were sent, and which deployment ran (by its name, which is noted before its content is
known); `contents` are configurations, lists of files, texts of code and long events, once each, `uses` says which deployments
have them and `whole_events` which invocations; `extremes` are between which figures invocations are, a stretch of the journal
each; `facts` are numbers about the file; `marks` is what people say of invocations; the tables `words_…` have a row per block
with its log lines, events and results, see `words`."""
NO_CIRCUMSTANCE_BIT, NAME_BITS, WARM_BIT, COLD_BIT = 62, 61, 61, 62
"""In the `extremes`: a circumstance has the bit of its number modulo the first, which is that of none; a name likewise, modulo
the second."""
UNMEASURED = "unmeasured"
"""The fact that says up to which event invocations are in no `extremes`, because an earlier version wrote them."""
LINES_ALONE = "lines alone"
"""The fact that says up to which block the tables of words have log lines alone, and no events and results."""
WORD_TABLES = ("words_0", "words_1", "words_2", "words_3")
_WORDS = "CREATE VIRTUAL TABLE IF NOT EXISTS {} USING fts5 (line, content='', detail=none, columnsize=0);"


_COUNTED = """
INSERT INTO tallies SELECT function, version, coalesce(status, 0), is_cold, count(*) FROM invocations GROUP BY 1, 2, 3, 4;
"""
_BY_FUNCTION = "CREATE INDEX invocations_of_function ON invocations (function, version, status, is_cold)"
_EARLIER_SIGNATURES = "CREATE TABLE signatures (block INTEGER PRIMARY KEY, grams BLOB NOT NULL)"
_WITHOUT_EARLIER_SIGNATURES = "DROP TABLE IF EXISTS signatures;"
_WITHOUT_BY_FUNCTION = "DROP INDEX IF EXISTS invocations_of_function;"
_WITHOUT_EXTREMES = "INSERT INTO facts SELECT 'unmeasured', coalesce(max(seq), 0) FROM invocations;"
_WITHOUT_PAYLOADS = "INSERT INTO facts SELECT 'lines alone', coalesce(max(seq), 0) FROM blocks;"


def create(database: sqlite3.Connection) -> None:
    """Make the tables that are not there yet; those of words only where Python's SQLite can have them."""
    is_uncounted = _has(database, "invocations") and not _has(database, "tallies")
    is_earlier = _has(database, "blocks") and not _has(database, "facts")
    is_unmeasured = _has(database, "invocations") and not _has(database, "extremes")
    if _has(database, "invocations") and not _has_column(database, "invocations", ADDED[0]):
        database.execute("ALTER TABLE invocations ADD COLUMN {} {}".format(*ADDED))
    more = (_COUNTED if is_uncounted else "") + (_WITHOUT_PAYLOADS if is_earlier else "")
    more += _WITHOUT_EXTREMES + _WITHOUT_BY_FUNCTION if is_unmeasured else ""
    database.executescript(f"BEGIN; {SCHEMA} {more} {_WITHOUT_EARLIER_SIGNATURES} COMMIT;")
    if has_words(database):
        database.executescript("".join(map(_WORDS.format, WORD_TABLES)))


def known_definitions() -> set[tuple[object, ...]]:
    """Return what may be in a schema of ours: what this version makes, and what earlier ones made."""
    with contextlib.closing(sqlite3.connect(":memory:")) as ours:
        create(ours)
        ours.execute(_BY_FUNCTION)
        ours.execute(_EARLIER_SIGNATURES)
        made = set(ours.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))
    added = f", {ADDED[0]} {ADDED[1]})"
    return made | {(*row[:3], str(row[3]).replace(added, ")")) for row in made}


def _has_column(database: sqlite3.Connection, table: str, column: str) -> bool:
    return any(row[1] == column for row in database.execute(f"PRAGMA table_info({table})"))


def _has(database: sqlite3.Connection, table: str) -> bool:
    return database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone() is not None


def has_words(database: sqlite3.Connection) -> bool:
    """Whether this SQLite has full-text indexes, which most have."""
    return database.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is not None
