"""Rules for what is left out of a function's folder when it is packaged."""

from __future__ import annotations

from workbench.model.function import FunctionConfiguration
from workbench.model.left_out import NEVER_CODE, LeftOut, left_out
from workbench.packages.builders.building import skips_build
from workbench.packages.targets import language

MODULES = "node_modules"


def code_rules(function: FunctionConfiguration) -> LeftOut:
    """The rules of `sam build` for the function's language; with SkipBuild those of `sam package`, the only step left."""
    return NEVER_CODE if skips_build(function.build) else left_out(language(function.runtime)[0])


def rules_over(function: FunctionConfiguration, *, installed: bool) -> LeftOut:
    """The rules for code laid over dependencies. If those were `installed` anew, an old node_modules must not hide them."""
    rules = code_rules(function)
    return without_modules(rules) if installed and language(function.runtime)[0] == "nodejs" else rules


def without_modules(rules: LeftOut) -> LeftOut:
    """The rules for Node.js packages that are installed anew, as `sam build` always does: they leave out node_modules."""
    return LeftOut(rules.names | {MODULES}, rules.ends, rules.environments)
