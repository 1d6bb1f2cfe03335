"""Patterns that a template brings are matched as `re` matches them, but never for long."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.workspace.bounded_patterns import BoundedPattern
from workbench.workspace.pattern_syntax import UnknownPattern

PIECES = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\.", "-", "^", "$", " ", "1", "\n", "]", "}", r"[\]a-c-]"])
COUNTS = st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "{1,3}?"])
PATTERNS = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join), st.tuples(inner, inner).map("|".join),
        inner.map("({})".format), inner.map("(?:{})".format),
        st.tuples(inner, COUNTS).map(lambda pair: f"(?:{pair[0]}){pair[1]}")),
    max_leaves=8)


@given(PATTERNS, st.text("ab1-. \n]", max_size=8))
@example("(?:a|b)*?$", "ab\n")
@example("(?:(?:a*)*)*", "aaa")
def test_it_matches_what_re_matches(pattern: str, text: str) -> None:
    assert BoundedPattern(pattern).matches_whole(text) == (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize(("pattern", "text", "matches"), [
    (r"(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])", "a.b-c.example", True),
    (r"((\d{1,3})\.){3}\d{1,3}/\d{1,2}", "10.0.0.0/16", True), (r"((\d{1,3})\.){3}\d{1,3}/\d{1,2}", "10.0.0/16", False),
    (r"^$|^vpc-[0-9a-f]{8,17}$", "", True), (r"^$|^vpc-[0-9a-f]{8,17}$", "vpc-0a1b2c3d", True),
    (r"(?i)[a-z]+", "ABC", True), (r"(?<name>[^@\s]+)@(?P<host>[^@\s]+\.[^@\s]+)", "a@b.c", True), (r"\Aab\z", "ab", True),
    (r"\x41B", "AB", True), ("", "", True), ("", "a", False), ("a|", "", True), (r"[\\/]", "\\", True),
])
def test_what_templates_ask_for(pattern: str, text: str, matches: bool) -> None:
    assert BoundedPattern(pattern).matches_whole(text) is matches


@pytest.mark.parametrize("pattern", [
    r"(a+)+$", r"(a|a)*$", r"(a|aa)+$", r"(.*a){20}$", r"(a?){200}a{200}!", r"([a-zA-Z]+)*$", r"^(([a-z])+.)+[A-Z]([a-z])+$",
])
def test_a_pattern_that_would_take_re_forever_takes_a_moment(pattern: str) -> None:
    assert BoundedPattern(pattern).matches_whole("a" * 200 + "!") is pattern.endswith("!")


@pytest.mark.parametrize("pattern", [
    "[", "(", ")", "*", "a**", "a{2}{3}", "a{3,2}", "a{", "a*+", "^*", "(?i", "(?s).",
    "(?=a)", "(?<!a)", "(?>a)", r"(a)\1", r"\p{L}", r"\bA", r"\Qa\E", "[a[b]]", "[a&&b]", "[a--b]", "[z-a]",
    "(" * 100 + ")" * 100, "a" * 5000, "((((a{999}){999}){999}){999})", "((){99999}){99999}",
])
def test_what_cannot_be_told_is_unknown(pattern: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UnknownPattern):
            BoundedPattern(pattern).matches_whole("a")


def test_a_large_pattern_and_a_long_text_are_unknown_together() -> None:
    assert BoundedPattern("a{1,4000}").matches_whole("a" * 50)
    with pytest.raises(UnknownPattern):
        BoundedPattern("a{1,4000}").matches_whole("a" * 5000)


def test_many_texts_together_take_no_longer() -> None:
    pattern = BoundedPattern("[a-z]{1,1000}")
    with pytest.raises(UnknownPattern):
        all(pattern.matches_whole("abc") for _ in range(1000))
