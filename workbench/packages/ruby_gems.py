"""Put together the folder that stands for /var/runtime in Ruby: the gems of this machine that Lambda's runtimes include too.

On Lambda, GEM_PATH leads to the function's gems, those of layers, and those of the runtime: the AWS SDK in /var/runtime. Which
others are there was not recorded, so the gems that come with Ruby itself are included. Anything else installed here is not on
Lambda. Source: recorded environments of the service (2026), stack traces in reports to aws/aws-sdk-ruby, and Ruby's bundled gems.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from workbench.packages.content import unzipped_size_bytes
from workbench.packages.package_manager import output_of
from workbench.packages.store import Entry, Note, Store
from workbench.packages.targets import language

KIND = "gems"
_QUESTION = ("-e", 'puts File.join(RbConfig::CONFIG["rubylibprefix"], "gems", RbConfig::CONFIG["ruby_version"]), Gem.path')
"""Prints the folder of Ruby's own gems, then all folders with gems."""
_BUNDLED = frozenset((
    "abbrev", "base64", "benchmark", "bigdecimal", "csv", "debug", "drb", "fiddle", "getoptlong", "irb", "logger", "matrix",
    "minitest", "mutex_m", "net-ftp", "net-imap", "net-pop", "net-smtp", "net-telnet", "nkf", "observer", "ostruct",
    "power_assert", "prime", "pstore", "racc", "rake", "rbs", "rdoc", "readline", "reline", "repl_type_completor",
    "resolv-replace", "rexml", "rinda", "rss", "syslog", "test-unit", "typeprof", "win32ole", "xmlrpc",
))
"""The gems bundled with any version from 2.7 to 4.0 (gems/bundled_gems in Ruby's source)."""
_SDK = re.compile(r"aws-sdk(-[a-z0-9]+)?|aws-(partitions|sigv4|eventstream)|jmespath")
_SPECIFICATION = re.compile(r"(.+?)-\d[^-]*(-.+)?\.gemspec")


class _Gem(msgspec.Struct, frozen=True):
    """An installed gem: the folder that it is installed in, and its name with version and platform.

    `is_rubys`: that folder is part of Ruby's own installation, which exists wherever Ruby does.
    """

    place: Path
    name: str
    is_rubys: bool


class RubyGems:
    """Puts the folder together, once per interpreter and state of its gems. Use it on one event loop."""

    def __init__(self, store: Store, variables: Mapping[str, str]) -> None:
        self._store = store
        self._variables = variables
        self._places: dict[tuple[str, int], tuple[Path, ...]] = {}
        self._making = asyncio.Lock()

    async def folder(self, runtime: str, interpreter: str) -> Path | None:
        """The folder for an interpreter that runs a runtime; None when the interpreter does not say where its gems are.

        Takes about 0.1 s the first time for an interpreter. Raises SandboxError when the cache cannot be written.
        """
        places = await self._asked(interpreter)
        if not places:
            return None
        version = ".".join(map(str, language(runtime)[1]))
        # One at a time: otherwise functions that start together would each lay out the same folder, and all but one discard it.
        async with self._making:
            return (await asyncio.to_thread(_made, self._store, version, places)).content

    async def _asked(self, interpreter: str) -> tuple[Path, ...]:
        try:
            key = (interpreter, Path(interpreter).stat().st_mtime_ns)
        except OSError:
            return ()
        if key not in self._places:
            told = await output_of((interpreter, *_QUESTION), folder=Path(interpreter).parent, variables=self._variables)
            self._places[key] = tuple(map(Path, (told or "").splitlines()))
        return self._places[key]


def _made(store: Store, version: str, places: tuple[Path, ...]) -> Entry:
    own, *others = dict.fromkeys(places)
    gems = [*_gems(own, lambda name: name in _BUNDLED or _is_of_sdk(name), is_rubys=True),
            *(gem for place in others for gem in _gems(place, _is_of_sdk, is_rubys=False))]
    told = "\0".join((version, *(f"{gem.place}/{gem.name}" for gem in gems)))
    key = hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()
    return store.find(KIND, key) or _new(store, key, version, gems)


def _is_of_sdk(name: str) -> bool:
    return _SDK.fullmatch(name) is not None


def _gems(place: Path, wanted: Callable[[str], bool], *, is_rubys: bool) -> Iterator[_Gem]:
    """The gems installed in a folder whose names are wanted."""
    try:
        names = sorted(os.listdir(place / "specifications"))
    except OSError:
        return
    for name in names:
        specification = _SPECIFICATION.fullmatch(name)
        if specification and wanted(specification[1]):
            yield _Gem(place, name.removesuffix(".gemspec"), is_rubys)


def _new(store: Store, key: str, version: str, gems: Iterable[_Gem]) -> Entry:
    with store.making() as made:
        root = made / "ruby" / f"{version}.0"
        for gem in gems:
            _lay(gem, root)
        return store.keep(KIND, key, made, Note(size_bytes=unzipped_size_bytes(made)))


def _lay(gem: _Gem, root: Path) -> None:
    """Add a gem's specification, its files, and its extensions compiled for this platform and version of Ruby."""
    compiled = [folder.relative_to(gem.place) for folder in gem.place.glob(f"extensions/*/*/{gem.name}")]
    for part in (Path("specifications", f"{gem.name}.gemspec"), Path("gems", gem.name), *compiled):
        if (gem.place / part).exists() and not (root / part).exists():
            (root / part).parent.mkdir(parents=True, exist_ok=True)
            _lay_part(gem.place / part, root / part, is_rubys=gem.is_rubys)


def _lay_part(there: Path, here: Path, *, is_rubys: bool) -> None:
    """Link to a part of Ruby's own installation if the system allows; otherwise hard-link or copy its files.

    Other gems are never symbolic links, because an isolated sandbox may not have the folders in which people install gems.
    """
    if is_rubys:
        try:
            here.symlink_to(there)
            return
        except OSError:  # Windows requires a privilege for symbolic links
            pass
    if there.is_dir():
        shutil.copytree(there, here, symlinks=True, copy_function=_same_file)
    else:
        _same_file(there, here)


def _same_file(there: str | Path, here: str | Path) -> None:
    try:
        os.link(there, here)
    except OSError:  # another file system, one without hard links, or a file of another user
        shutil.copy2(there, here)
