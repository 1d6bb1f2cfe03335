"""Options that are written as SAM CLI takes them."""

import pytest

from workbench.cli.template_options import with_overrides_together

NAME = "--parameter-overrides"


@pytest.mark.parametrize(("written", "taken"), [
    ([NAME, "A=1", "B=2", "-e", "x"], [NAME, "A=1", NAME, "B=2", "-e", "x"]),
    (["F", NAME, "A=1 B=2"], ["F", NAME, "A=1 B=2"]), ([NAME, "A=1", NAME, "B=2"], [NAME, "A=1", NAME, "B=2"]),
    (["-e", "a=b", "F"], ["-e", "a=b", "F"]), ([NAME, "A=1", "F", "C=3"], [NAME, "A=1", "F", "C=3"]),
    ([NAME, "ParameterKey=A,ParameterValue=1", "ParameterKey=B,ParameterValue=2", "-t", "x=y"],
     [NAME, "ParameterKey=A,ParameterValue=1", NAME, "ParameterKey=B,ParameterValue=2", "-t", "x=y"]), ([NAME], [NAME]),
])
def test_overrides_may_follow_one_another(written: list[str], taken: list[str]) -> None:
    assert with_overrides_together(written) == taken
