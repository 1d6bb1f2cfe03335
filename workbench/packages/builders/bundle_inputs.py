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

    The inputs are known only after the first bundling, so they are recorded under a base key and added to the key from then on.
    A bundle with inputs outside is therefore made twice until its key is stable.
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
        entry = self._store.find(_KIND, base)
        try:
            paths = msgspec.json.decode((entry.content / _LISTING).read_bytes(), type=list[str]) if entry else []
        except (OSError, msgspec.MsgspecError):
            paths = []
        self._of_source[source] = tuple(map(Path, paths))
        digest = hashlib.sha256(base.encode())
        for path in paths:
            digest.update(f"\0{path}\0{self._trees.of(Path(path))}".encode(errors="surrogateescape"))
        return digest.hexdigest()

    def note(self, base: str, source: Path, paths: Iterable[str]) -> None:
        """Record the inputs of a bundle. Blocks."""
        self._of_source[source] = tuple(map(Path, paths))
        with self._store.making() as made:
            (made / _LISTING).write_bytes(msgspec.json.encode(sorted(paths)))
            self._store.keep(_KIND, base, made, Note())


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
