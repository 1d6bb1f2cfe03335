"""What is left out of a function's own folder when it is packaged."""

from __future__ import annotations

from workbench.model.function import FunctionConfiguration
from workbench.model.left_out import NEVER_CODE, LeftOut, left_out
from workbench.packages.builders.building import skips_build
from workbench.packages.targets import language

MODULES = "node_modules"


def code_rules(function: FunctionConfiguration) -> LeftOut:
    """As `sam build` does it for the language; a package that is made already (SkipBuild) is `sam package`'s alone."""
    return NEVER_CODE if skips_build(function.build) else left_out(language(function.runtime)[0])


def rules_over(function: FunctionConfiguration, *, installed: bool) -> LeftOut:
    """The same for code that is laid over what was `installed` anew: node_modules that lag behind must not lie over it."""
    rules = code_rules(function)
    return without_modules(rules) if installed and language(function.runtime)[0] == "nodejs" else rules


def without_modules(rules: LeftOut) -> LeftOut:
    """For Node.js packages that are installed anew, as `sam build` always does: what lies there is not taken along."""
    return LeftOut(rules.names | {MODULES}, rules.ends, rules.environments)
