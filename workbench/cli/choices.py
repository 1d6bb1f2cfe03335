"""Turn a command's template and value options into the workspace's `Options`."""

from __future__ import annotations

from pathlib import Path

from workbench.workspace.locating.locate import folder_and_template
from workbench.workspace.locating.options import Options
from workbench.workspace.values.parameter_text import parse_overrides


def chosen(
    workspace: Path, template: str, config_env: str, overrides: list[str] | None, env_vars: str
) -> tuple[Path, Options]:
    """The workspace folder and the options.

    Relative paths are resolved against the current folder first, then against the workspace. Without -w, a template elsewhere
    makes its own folder the workspace. Raises InvalidInput for values that cannot be read.
    """
    root = workspace.resolve()
    named = _placed(template, root)
    # Path() is the option's default: -w was not given.
    if workspace == Path() and template and not Path(named).is_relative_to(root):
        root, _ = folder_and_template(Path(named))
    parameters = parse_overrides(overrides or [], Path.cwd())
    return root, Options(template=named, config_env=config_env, env_vars=_placed(env_vars, root), parameters=parameters)


def _placed(path: str, root: Path) -> str:
    if not path:
        return ""
    here = Path(path).resolve()
    return str(here if here.exists() else root / path)
