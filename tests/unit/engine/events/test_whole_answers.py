"""The latest long answers, bounded, with secrets masked."""

from __future__ import annotations

from workbench.engine.events.whole_answers import WholeAnswers


def mask(text: str) -> str:
    return text.replace("secret", "****")


def test_the_latest_are_kept_and_the_oldest_go_first() -> None:
    answers = WholeAnswers(kept_bytes=10)
    for number in range(3):
        answers.keep(f"r{number}", b"12345", mask)
    assert [answers.of(f"r{number}") for number in range(3)] == [None, b"12345", b"12345"]
    answers.keep("r2", b"1234567890", mask)
    assert [answers.of(f"r{number}") for number in range(3)] == [None, None, b"1234567890"]
    answers.keep("large", b"12345678901", mask)
    assert answers.of("large") is None
    assert answers.of("r2") is None


def test_secrets_are_masked_also_among_bytes_that_are_no_text() -> None:
    answers = WholeAnswers()
    answers.keep("r", b"\xff\x00 a secret \xfe", mask)
    assert answers.of("r") == b"\xff\x00 a **** \xfe"
