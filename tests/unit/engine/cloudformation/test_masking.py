"""Values of parameters with NoEcho are masked wherever they stand. Source: CloudFormation guide, "Parameters syntax"."""

from __future__ import annotations

from workbench.engine.cloudformation.masking import masked, secrets_of
from workbench.engine.cloudformation.records import Submission

SUBMISSION = Submission(text="", processed={}, parameters={"Password": "pass/word", "Pin": "1", "Open": "hello", "None": ""},
                        no_echo=("Password", "Pin", "None"))


def test_secrets_alone_and_within_other_words() -> None:
    secrets = secrets_of(SUBMISSION)
    assert secrets == {"pass/word", "1"}
    properties = {"Environment": {"Variables": {"A": "pass/word", "B": "jdbc://me:pass/word@host/1", "C": "1", "pass/word": "x"}},
                  "Layers": ["hello", "pass/word"], "Timeout": 1}
    assert masked(properties, secrets) == {
        "Environment": {"Variables": {"A": "****", "B": "jdbc://me:****@host/1", "C": "****", "pass/word": "x"}},
        "Layers": ["hello", "****"], "Timeout": 1}
    assert masked("It was pass/word, 1 of 10.", secrets) == "It was ****, 1 of 10."
    assert masked("Nothing", ()) == "Nothing"
