"""cfn-lint's reading of conditions: the second oracle, because SAM CLI does not evaluate them for resources."""

from __future__ import annotations

from pathlib import Path


def may_hold(path: Path, condition: str) -> bool:
    """Whether the condition can be true with the parameters' defaults; True where cfn-lint cannot tell."""
    import cfnlint.decode
    from cfnlint.conditions import UnknownSatisfisfaction
    from cfnlint.template import Template

    document, _ = cfnlint.decode.decode(str(path))
    if document is None:
        return True
    parameters = document.get("Parameters") or {}
    given = {name: value for name, value in parameters.items() if isinstance(value, dict) and "Default" in value}
    defaults = {name: str(value["Default"]) for name, value in given.items()}
    conditions = Template(str(path), document, ["us-east-1"]).conditions
    if not any(scenario.get(condition) for scenario in conditions.build_scenarios({condition: {True, False}})):
        return False
    try:
        return bool(conditions.satisfiable({condition: True}, defaults))
    except UnknownSatisfisfaction:
        return True
