"""A template's Rules: assertions on its parameters, checked before anything is made.

Source: CloudFormation guide, "Rules", "Rule-specific intrinsic functions". The sentence before an assertion's own is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.cloudformation.documents import section
from workbench.engine.cloudformation.evaluation import Evaluator, Surroundings, is_true
from workbench.engine.cloudformation.refusals import invalid, template_error
from workbench.workspace.value_text import as_text


class _NoResources:
    """Rules know parameters alone."""

    def value(self, logical_id: str, _attribute: str) -> Any:
        """Refuse the name of a resource. Raises ServiceError."""
        raise template_error(f"a rule refers to {logical_id}, which is no parameter")


def check_rules(template: Mapping[str, Any], surroundings: Surroundings) -> None:
    """Raise ServiceError with all assertions that do not hold."""
    evaluator = Evaluator(template, surroundings, _NoResources())
    broken = [said for name, rule in section(template, "Rules").items() for said in _broken(name, rule, evaluator)]
    if broken:
        raise invalid(f"Template validation error: {' '.join(broken)}")


def _broken(name: str, rule: Any, evaluator: Evaluator) -> list[str]:
    """Return a sentence for each assertion of a rule that does not hold."""
    try:
        if "RuleCondition" in rule and not is_true(evaluator.resolve(rule["RuleCondition"])):
            return []
        return [f"Rule {name}: {as_text(each.get('AssertDescription')) or 'an assertion does not hold.'}"
                for each in rule["Assertions"] if not is_true(evaluator.resolve(each["Assert"]))]
    except (KeyError, TypeError, AttributeError) as error:
        raise template_error(f"rule {name} is malformed: it needs Assertions, each with Assert") from error
