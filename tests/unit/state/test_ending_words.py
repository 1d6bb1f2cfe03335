"""One thing has one word: in the list of history, the log by invocation, the timeline and on the command line."""

from __future__ import annotations

import pytest

from workbench.model.past_invocations import PastInvocation
from workbench.state.ending_words import ending_word
from workbench.state.log_folds import head_text


def past(status: str, error_type: str = "") -> PastInvocation:
    return PastInvocation(seq=1, request_id="11112222-x", environment_id="e", function_name="f", version="$LATEST",
                          sandbox="process", is_cold=False, received_ms=0.0, status=status, error_type=error_type)


@pytest.mark.parametrize(("status", "word"), [
    ("success", "succeeded"), ("error", "failed"), ("failure", "failed"), ("timeout", "timed out"), ("running", "running"),
    ("", "unfinished"),
])
def test_a_status_has_one_word(status: str, word: str) -> None:
    assert ending_word(status) == word
    assert ending_word(status, was_canceled=True) == "canceled"


@pytest.mark.parametrize(("head", "text"), [
    (past("success"), "● 11112222  f"), (past(""), "◌ 11112222  f"), (past("timeout"), "✕ 11112222  f · timed out"),
    (past("error", "ValueError"), "✕ 11112222  f · ValueError"), (past("canceled"), "■ 11112222  f · canceled"),
])
def test_the_log_by_invocation_has_the_marks_and_words_of_the_history(head: PastInvocation, text: str) -> None:
    assert head_text(head) == text
