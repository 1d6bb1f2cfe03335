"""A function's layers as one folder, which is `/opt` in its environments: merged in order, later ones over earlier ones.

Source: Lambda developer guide, "Managing Lambda dependencies with layers".
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from workbench.model.quotas import LAYERS_LIMIT
from workbench.packages.archive import is_archive
from workbench.packages.cancellation import CheckPoint, never
from workbench.packages.content import files_below
from workbench.packages.limits import refused
from workbench.packages.sources import effective_mode

PublishedLayers = Callable[[str], Path | None]
"""Where the content of a published layer version lies on this machine (a folder or .zip), by its ARN. Quick; may block."""

_VERSION_ARN = re.compile(r"(arn:[a-zA-Z0-9-]+:lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+):(\d+)")


def none_published(_: str) -> Path | None:
    """No published layer is on this machine."""
    return None


class LocatedLayers(msgspec.Struct, frozen=True):
    """Folders and .zip files in the order of the function's list, their places in it; sentences on layers that are not here."""

    sources: tuple[Path, ...] = ()
    positions: tuple[int, ...] = ()
    notices: tuple[str, ...] = ()


def check_references(references: Sequence[str]) -> None:
    """Raise ServiceError in Lambda's words for a list of layers that Lambda refuses."""
    if len(references) > LAYERS_LIMIT:
        raise refused(f"Cannot reference more than {LAYERS_LIMIT} layers.",
                      f"The function has {len(references)}: put several into one.")
    seen: dict[str, str] = {}
    for reference in references:
        match = _VERSION_ARN.fullmatch(reference)
        if match and match[1] in seen:
            raise refused("Two different versions of the same layer are not allowed to be referenced in the same function. "
                          f"{seen[match[1]]} and {reference} are versions of the same layer.", "Keep one of the two.")
        if match:
            seen[match[1]] = reference


def locate(references: Sequence[str], published: PublishedLayers) -> LocatedLayers:
    """Where the layers are: absolute paths, or ARNs that `published` knows. Blocks.

    A published layer that is not here is left out with a notice instead of refused as Lambda would: most come from AWS or a
    partner, exist in the cloud, and many functions run without them (extensions for metrics). An import that needs one fails
    with the language's own words right after the notice. A layer of the template itself that is missing is an error.
    """
    sources: dict[int, Path] = {}
    notices: list[str] = []
    for position, reference in enumerate(references):
        path = Path(reference) if Path(reference).is_absolute() else published(reference)
        if path is None:
            notices.append(_not_here(reference))
        else:
            sources[position] = _existing(path, reference)
    return LocatedLayers(tuple(sources.values()), tuple(sources), tuple(notices))


def _existing(path: Path, reference: str) -> Path:
    if path.is_dir() or is_archive(path):
        return path
    if path.is_file():
        raise refused("Could not unzip uploaded file. Please check your file, then try to upload again.",
                      f"The layer {reference} is no .zip: name a folder or a .zip in ContentUri.")
    raise refused(f"Layer version {reference} does not exist.", "Correct ContentUri of the layer in the template.")


def _not_here(reference: str) -> str:
    if not reference.startswith("arn:"):
        what = reference.removeprefix("<unresolved: ").removesuffix(">")
        return f"The layer {what} is not known before a deployment: the function runs without it, imports from it fail."
    return (f"The layer {reference} is not on this machine: the function runs without it, imports from it fail. To have it, "
            f"download it (aws lambda get-layer-version-by-arn --arn {reference}) and name the .zip as a layer of the template.")


def unfinished_notice(folder: Path) -> str:
    """A sentence on a layer that `sam build` would make from its requirements and nobody has built, else ""."""
    for listed, made in (("requirements.txt", "python"), ("package.json", "nodejs")):
        if (folder / listed).is_file() and not (folder / made).exists():
            return (f"The layer {folder.name} has a {listed} and no folder {made}: what it lists is not installed. "
                    f"Run sam build, or install it into {folder.name}/{made}.")
    return ""


def merge(sources: Sequence[Path], target: Path, *, linked: Sequence[bool] = (), check: CheckPoint = never) -> None:
    """Lay folders over each other into `target`. `linked`: whose files may be hard-linked: nobody writes there. Blocks."""
    for number, source in enumerate(sources):
        may_link = number < len(linked) and linked[number]
        for found in files_below(source):
            check()
            lay(found.path, target / found.name, root=target, link=may_link)


def lay(source: Path, place: Path, *, root: Path, link: bool) -> None:
    """Put a file or link at its place below `root`, over whatever is there. Blocks."""
    make_room(place, root)
    if source.is_symlink():
        os.symlink(os.readlink(source), place)
        return
    if link:
        try:
            os.link(source, place)
            return
        except OSError:  # another file system, or one without hard links
            pass
    shutil.copy2(source, place)
    if os.name == "posix":
        place.chmod(effective_mode(source.stat()))


def make_room(place: Path, root: Path) -> None:
    """Clear what is at the place, and files or links where its folders must be; make its folders. Blocks."""
    make_folders(place.parent, root)
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.is_dir():
        shutil.rmtree(place)


def make_folders(folder: Path, root: Path) -> None:
    """Make a folder below `root` and those above it, also where a file or link has the name of one. Blocks."""
    for parent in reversed([parent for parent in (folder, *folder.parents) if parent != root and parent.is_relative_to(root)]):
        if parent.is_symlink() or parent.is_file():
            parent.unlink()
        if not parent.exists():
            parent.mkdir(exist_ok=True)
            parent.chmod(0o755)  # whatever the umask: in a container another user runs the function
