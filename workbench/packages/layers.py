"""Merge a function's layers into one folder, `/opt` in its environments: in order, later ones over earlier ones.

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
"""Returns the content of a published layer version (a folder or .zip on this machine) by its ARN, None if it is not here.
It may block, briefly."""

_VERSION_ARN = re.compile(r"(arn:[a-zA-Z0-9-]+:lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+):(\d+)")


def none_published(_: str) -> Path | None:
    """The PublishedLayers of a machine that has none."""
    return None


class LocatedLayers(msgspec.Struct, frozen=True):
    """The layers that are on this machine: folders and .zip files in the function's order, with their positions in its list.

    `notices` are sentences on layers that are not here.
    """

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
    """Find the layers: references are absolute paths, or ARNs that `published` knows. Blocks.

    A published layer that is not here is left out with a notice rather than refused: it exists in the cloud, usually from AWS or
    a partner, and many functions run without it (extensions for metrics). An import that needs it fails with the language's own
    error right after the notice. A missing layer of the template itself raises ServiceError.
    """
    # By position: the builds of layers (`layer_builds`) are matched by their place in the function's list.
    sources: dict[int, Path] = {}
    notices: list[str] = []
    for position, reference in enumerate(references):
        path = Path(reference) if Path(reference).is_absolute() else published(reference)
        if path is None:
            notices.append(_not_here(reference))
        else:
            sources[position] = _existing(path, reference)
    return LocatedLayers(tuple(sources.values()), tuple(sources), tuple(notices))


def layer_name(reference: str, source: Path) -> str:
    """Return what a layer is called in sentences: `name:version` of an ARN, otherwise the name of its folder or file."""
    return reference.split(":layer:")[-1] if reference.startswith("arn:") else source.name


def _existing(path: Path, reference: str) -> Path:
    if path.is_dir() or is_archive(path):
        return path
    if path.is_file():
        raise refused("Could not unzip uploaded file. Please check your file, then try to upload again.",
                      f"The layer {reference} is not a .zip: name a folder or a .zip in ContentUri.")
    raise refused(f"Layer version {reference} does not exist.", "Correct ContentUri of the layer in the template.")


def _not_here(reference: str) -> str:
    if reference.startswith("s3://"):
        return (f"The layer {reference} could not be fetched: the function runs without it, and imports from it fail. Put it "
                "into Amazon S3 at the services endpoint (--services moto, or --services URL).")
    if not reference.startswith("arn:"):
        what = reference.removeprefix("<unresolved: ").removesuffix(">")
        return f"The layer {what} is not known before a deployment: the function runs without it, and imports from it fail."
    return (f"The layer {reference} is not on this machine: the function runs without it, and imports from it fail. To add it, "
            f"download it (aws lambda get-layer-version-by-arn --arn {reference}) and name the .zip as a layer in the template.")


def unfinished_notice(folder: Path) -> str:
    """A sentence on a layer whose requirements have not been installed, "" if there is nothing to say."""
    for listed, made in (("requirements.txt", "python"), ("package.json", "nodejs")):
        if (folder / listed).is_file() and not (folder / made).exists():
            return (f"The layer {folder.name} has a {listed} but no folder {made}: what it lists is not installed. "
                    f"Run sam build, or install it into {folder.name}/{made}.")
    return ""


def merge(sources: Sequence[Path], target: Path, *, linked: Sequence[bool] = (), check: CheckPoint = never) -> None:
    """Lay folders over one another in `target`. Blocks.

    `linked`: for each source, whether its files may be hard-linked because nobody writes to them. Missing values mean False.
    """
    for number, source in enumerate(sources):
        may_link = number < len(linked) and linked[number]
        for found in files_below(source):
            check()
            lay(found.path, target / found.name, root=target, link=may_link)


def lay(source: Path, place: Path, *, root: Path, link: bool) -> None:
    """Copy a file or link (or hard-link it, with `link`) to `place` below `root`, replacing whatever is there. Blocks."""
    # First, so that a link or file of an earlier layer at this place, or above it, is replaced and never written through.
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
    """Remove what is at `place` and any files or links where its parent folders must be, and make those folders. Blocks."""
    make_folders(place.parent, root)
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.is_dir():
        shutil.rmtree(place)


def make_folders(folder: Path, root: Path) -> None:
    """Make a folder below `root` with its parents, replacing files and links of the same names. Blocks."""
    for parent in reversed([parent for parent in (folder, *folder.parents) if parent != root and parent.is_relative_to(root)]):
        if parent.is_symlink() or parent.is_file():
            parent.unlink()
        if not parent.exists():
            parent.mkdir(exist_ok=True)
            parent.chmod(0o755)  # whatever the umask is: in a container the function runs as another user
