"""What a bundle was made from outside its folder: packages in folders above, and sources imported from elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from workbench.packages.builders.trees import TreeHashes
from workbench.packages.store import Note, Store

_KIND = "bundle-inputs"
_LISTING = "inputs.json"
_MODULES = f"{os.sep}node_modules{os.sep}"


class BundleInputs:
    """Keys of bundles that change when an input outside the source folder changes, like a compiler's dependency list.

    The inputs are known only after a bundling, so they are recorded under the bundle's key and added to the key from then on. The
    bundle under that next key may have been made from more inputs again, if one of them began to import another. So records are
    followed from key to key until one names no new input. A bundle is made once more whenever its inputs grow.
    """

    def __init__(self, store: Store, trees: TreeHashes) -> None:
        self._store = store
        self._trees = trees
        self._of_source: dict[Path, tuple[Path, ...]] = {}

    def of(self, source: Path) -> tuple[Path, ...]:
        """The inputs outside a folder that its bundle was made from; () before it is known."""
        return self._of_source.get(source, ())

    def key(self, base: str, source: Path) -> str:
        """The bundle's key: its base key combined with the present state of its recorded inputs. Blocks."""
        paths = set[str]()
        key = self._combined(base, paths)
        while not (recorded := self._recorded(key)) <= paths:
            paths |= recorded
            key = self._combined(base, paths)
        self._of_source[source] = tuple(map(Path, sorted(paths)))
        return key

    def note(self, key: str, source: Path, paths: Iterable[str]) -> None:
        """Record the inputs of the bundle that was made under a key. Blocks."""
        known = sorted(paths)
        self._of_source[source] = tuple(sorted({*self.of(source), *map(Path, known)}))
        with self._store.making() as made:
            (made / _LISTING).write_bytes(msgspec.json.encode(known))
            self._store.keep(_KIND, key, made, Note())

    def _recorded(self, key: str) -> set[str]:
        entry = self._store.find(_KIND, key)
        try:
            return set(msgspec.json.decode((entry.content / _LISTING).read_bytes(), type=list[str])) if entry else set()
        except (OSError, msgspec.MsgspecError):
            return set()

    def _combined(self, base: str, paths: Iterable[str]) -> str:
        digest = hashlib.sha256(base.encode())
        for path in sorted(paths):
            digest.update(f"\0{path}\0{self._trees.of(Path(path))}".encode(errors="surrogateescape"))
        return digest.hexdigest()


def outside_inputs(listing: Path, place: Path, store: Path) -> set[str]:
    """The inputs in esbuild's metafile that are outside the folder it ran in and outside the store, or packages. Blocks."""
    try:
        inputs = json.loads(listing.read_bytes())["inputs"]
    except (OSError, ValueError, LookupError):
        return set()
    # esbuild writes "namespace:name" for inputs that are not files, such as disabled modules.
    found = (os.path.realpath(place / name) for name in inputs if ":" not in name.split("/")[0])
    here, kept = os.path.realpath(place) + os.sep, os.path.realpath(store) + os.sep
    return {path for path in found if not path.startswith(kept) and (not path.startswith(here) or _MODULES in path)}
