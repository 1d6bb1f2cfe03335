"""Finds a workspace's template: the one named now, else chosen before, else named by samconfig, else found by its name."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.locating.candidates import Candidate, templates_below
from workbench.workspace.locating.options import DEFAULT_CONFIG_ENV, Options, remembered
from workbench.workspace.locating.other_projects import no_template
from workbench.workspace.locating.samconfig import SamConfig, read_samconfig

TEMPLATE_NAMES = ("template.yaml", "template.yml", "template.json", "sam.yaml", "sam.yml", "sam.json", "serverless.template")
"""The first three names are SAM CLI's; the others are used by Architect, AWS's tools for .NET and people."""
SERVERLESS_TEMPLATE = Path(".serverless", "cloudformation-template-update-stack.json")
"""The template that `serverless package` writes, with the code archives beside it."""
_SHOWN = 8


class TemplateNotChosen(WorkspaceError):
    """There are templates, but nothing says which one is meant."""

    def __init__(self, root: Path, candidates: tuple[Candidate, ...]) -> None:
        names = ", ".join(candidate.path for candidate in candidates[:_SHOWN])
        more = f" and {len(candidates) - _SHOWN} more" if len(candidates) > _SHOWN else ""
        one = len(candidates) == 1
        super().__init__(f"The folder {root} has no template of its own, but there {'is' if one else 'are'} {names}{more}.",
                         f"{'Name it' if one else 'Choose one'}: -t {candidates[0].path}")
        self.root = root
        self.candidates = candidates


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """The absolute path of the template and what goes with it. `options` are all choices, including earlier ones."""

    template: Path
    options: Options
    samconfig: SamConfig


def folder_and_template(path: Path) -> tuple[Path, str]:
    """Return the workspace's folder and, if `path` is a file, the template that it names (else "").

    For a file in cdk.out and the like, the workspace is the folder around that. Raises WorkspaceError for a path that is not
    valid Unicode.
    """
    check_is_text(path)
    if not path.is_file():
        return path, ""
    folder = path.parent
    if folder.name in ("cdk.out", ".serverless"):
        return folder.parent, str(path)
    return (folder.parent.parent if folder.parts[-2:] == (".aws-sam", "build") else folder), str(path)


def check_is_text(path: Path) -> None:
    """Raise WorkspaceError for a path that is not valid Unicode, because templates, requests and the journal are."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        shown = str(path).encode(errors="replace").decode()
        raise WorkspaceError(f"The name of the folder {shown} is not valid UTF-8.", "Rename the folder.") from error


def locate(root: Path, options: Options) -> Located:
    """Find the template of a workspace. Raises WorkspaceError if there is none, or several. Blocks."""
    chosen = options.over(remembered(root))
    samconfig = read_samconfig(root, chosen.config_env or DEFAULT_CONFIG_ENV)
    _check_environment(samconfig, options.config_env)
    template = _said(root, options) or _chosen_before(root, chosen) or _configured(samconfig) or _by_layout(root)
    return Located(template=template, options=chosen, samconfig=samconfig)


def missing_environment(located: Located) -> str:
    """Return a sentence if the samconfig environment that was chosen before no longer exists, else ""."""
    chosen, there = located.options.config_env, located.samconfig.environments
    if chosen in ("", DEFAULT_CONFIG_ENV, *there):
        return ""
    return f"samconfig.toml has no environment {chosen}, which was chosen for this workspace, so none of its settings apply."


def _check_environment(samconfig: SamConfig, said: str) -> None:
    """Raise WorkspaceError if the environment named with the command does not exist, as SAM CLI does."""
    if not said or said == DEFAULT_CONFIG_ENV or said in samconfig.environments:
        return
    if not samconfig.path:
        raise WorkspaceError(f"There is no samconfig.toml, and so no environment {said} in it.", "Leave out --config-env.")
    there = ", ".join(samconfig.environments) or "none"
    raise WorkspaceError(f"{Path(samconfig.path).name} has no environment {said}.", f"It has: {there}.")


def _said(root: Path, options: Options) -> Path | None:
    if not options.template:
        return None
    path = root / options.template
    if not path.is_file():
        raise WorkspaceError(f"There is no template {options.template}.", "Name an existing file with -t.")
    return path.resolve()


def _chosen_before(root: Path, options: Options) -> Path | None:
    path = root / options.template  # remembered, so it may be gone: then the folder decides, without an error
    return path.resolve() if options.template and path.is_file() else None


def _configured(samconfig: SamConfig) -> Path | None:
    if not samconfig.template_file:
        return None
    path = Path(samconfig.template_file)
    if not path.is_file():
        raise WorkspaceError(f"{Path(samconfig.path).name} names the template {path}, which is not there.",
                             "Correct template_file, or name a template with -t.")
    return path.resolve()


def _by_layout(root: Path) -> Path:
    named = next((root / name for name in TEMPLATE_NAMES if (root / name).is_file()), None)
    if named is not None:
        return named
    if (root / SERVERLESS_TEMPLATE).is_file():
        return root / SERVERLESS_TEMPLATE
    stacks = _stacks(root / "cdk.out")
    if len(stacks) == 1:
        return stacks[0]
    candidates = templates_below(root)
    # Of several CDK stacks, often only one has functions.
    of_stacks = [candidate for candidate in candidates if root / candidate.path in stacks]
    if len(of_stacks) == 1:
        return root / of_stacks[0].path
    if candidates:
        raise TemplateNotChosen(root, candidates)
    raise no_template(root)


def _stacks(folder: Path) -> list[Path]:
    """Return the templates of a CDK assembly: those its manifest names, else all in the folder. Source: CDK, Cloud Assembly."""
    try:
        artifacts = json.loads(read_bounded(folder / "manifest.json"))["artifacts"].values()
        named = [artifact["properties"]["templateFile"] for artifact in artifacts
                 if artifact.get("type") == "aws:cloudformation:stack"]
        found = [folder / name for name in named if (folder / name).is_file()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        found = []
    return found or sorted(folder.glob("*.template.json"))
