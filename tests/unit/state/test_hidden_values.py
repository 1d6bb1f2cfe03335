"""Values that nobody is to see: found however they are written, and nothing else changed."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.event_builders import EventStream
from workbench.model.overrides import MASK
from workbench.state.hidden_values import HiddenValues
from workbench.state.invocation import fold_invocation

PEM = ("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\nDHn0+/Zk3vJ1m8s2wK9fQ7a5u4Xb6c1d8e2=\n"
       "-----END PRIVATE KEY-----\n")
TOKEN = "ghX_9fK2mQ7vL4pR8sT1wY3zB6nC5dJ0aE"


def hiding(*values: str) -> HiddenValues:
    hidden = HiddenValues()
    hidden.hide(values)
    return hidden


@pytest.mark.parametrize(("value", "text", "seen"), [
    ("s3cret-key", "key=s3cret-key;", f"key={MASK};"),
    ("s3cret-key", "s3cret-kex", "s3cret-kex"),
    ('a"b\\c', json.dumps({"key": 'a"b\\c'}), json.dumps({"key": MASK}, ensure_ascii=False)),
    ("pässwort", '{"key": "p\\u00e4sswort"}', f'{{"key": "{MASK}"}}'),
    ("a b&c=d", "https://x/?key=a%20b%26c%3Dd", f"https://x/?key={MASK}"),
    ("it's a", "{'key': \"it's a\"}", f"{{'key': \"{MASK}\"}}"),
    ("-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----", "the key is MIIEvQIBADANBg", f"the key is {MASK}"),
    ("s3cret-key", "czNjcmV0LWtleQ==", MASK),
    ("s3cret-key", "Basic dXNlcjpzM2NyZXQta2V5", f"Basic dXNlcjp{MASK}"),
    ("s3cret-key?>", "czNjcmV0LWtleT8-", MASK),
    ("s3cret-key", "key 7333637265742d6b6579", f"key {MASK}"),
    # URLs, as Python, browsers and .NET write them, also twice
    ("p/w+d=é!", "k=p%2Fw%2Bd%3D%C3%A9%21;", f"k={MASK};"), ("p/w+d=é!", "k=p%2fw%2bd%3d%c3%a9!", f"k={MASK}"),
    ("p/w+d=é!", "p%252Fw%252Bd%253D%25C3%25A9%2521", MASK), ("a b c d", "x=a+b+c+d", f"x={MASK}"),
    # HTML and XML, as Python, Go and PHP write them
    ("a<b&'c\"d>", "<i>a&lt;b&amp;&#x27;c&quot;d&gt;</i>", f"<i>{MASK}</i>"), ("a<b&'c\"d>", "a&lt;b&amp;&#39;c&#34;d&gt;", MASK),
    ("a<b&'c\"d>", "a&lt;b&amp;&apos;c&quot;d&gt;", MASK),
    ("a<b&'c\"d>", "a&amp;lt;b&amp;amp;&amp;#39;c&amp;quot;d&amp;gt;", MASK),
    # JSON as Go, .NET and PHP write it, JSON in JSON
    ("a<b&c>/d", "a\\u003cb\\u0026c\\u003E\\/d", MASK), ('a"b\\c', json.dumps(json.dumps('a"b\\c')), '"\\"' + MASK + '\\""'),
    ("k\U0001f511ey", "k\\ud83d\\udd11ey", MASK),
    # several lines, whole and line by line
    (PEM, "key=" + json.dumps(PEM)[1:-1], f"key={MASK}"), (PEM, PEM.replace("\n", "\r\n"), MASK),
    (PEM, "k=" + quote_plus(PEM), f"k={MASK}"), (PEM, json.dumps(json.dumps({"k": PEM})), '"{\\"k\\": \\"' + MASK + '\\"}"'),
    (PEM, "  MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", f"  {MASK}"),
    # pieces of a token: cut by a chunk or a line, or its beginning alone
    (TOKEN, f"token {TOKEN[:20]}…", f"token {MASK}…"), (TOKEN, f"the end {TOKEN[15:]}!", f"the end {MASK}!"),
    (TOKEN, TOKEN[:12], MASK), (TOKEN, f"{TOKEN[:11]}…", f"{TOKEN[:11]}…"),
    (TOKEN, f"{TOKEN[:14]}/{TOKEN[-13:]}", f"{MASK}/{MASK}"),
    ("https://example.com/hook?k=7", "see https://example.com/", "see https://example.com/"),
    (TOKEN, b64encode(TOKEN.encode()).decode()[:30], MASK),
    ("on", "wrong", "wrong"),
    ("on", "on", MASK),
    ("", "", ""),
])
def test_a_value_is_hidden_as_it_stands_in_a_text(value: str, text: str, seen: str) -> None:
    assert hiding(value).text(text) == seen


def test_of_two_values_one_inside_the_other_nothing_of_the_longer_is_left() -> None:
    assert hiding("abcd", "abcd-efgh").text("abcd-efgh abcd") == f"{MASK} {MASK}"


def test_what_was_hidden_stays_hidden_until_all_is_shown() -> None:
    hidden = hiding("first")
    version = hidden.version
    hidden.hide(["second"])
    assert hidden.text("first second") == f"{MASK} {MASK}"
    assert hidden.version != version
    version = hidden.version
    hidden.hide(["second"])
    assert hidden.version == version
    hidden.show_all()
    assert (hidden.text("first"), hidden.version != version) == ("first", True)


@given(value=st.text(min_size=4), before=st.text(), after=st.text())
def test_no_value_is_left_in_json(value: str, before: str, after: str) -> None:
    hidden = hiding(value)
    for text in (before + value + after, json.dumps([before, value, after]), json.dumps([value], ensure_ascii=False)):
        assert value not in hidden.text(text).replace(MASK, "")  or value in MASK


@given(value=st.text(min_size=8), before=st.binary(), after=st.binary())
def test_no_value_is_left_in_base64(value: str, before: bytes, after: bytes) -> None:
    whole = before + value.encode() + after
    for text in (b64encode(whole).decode(), urlsafe_b64encode(whole).decode().rstrip("=")):
        assert MASK in hiding(value).text(text)


def test_bytes_that_are_no_text_stay() -> None:
    hidden = hiding("s3cret")
    assert hidden.content(b"\xff\x00s3cret\xfe") == b"\xff\x00" + MASK.encode() + b"\xfe"
    assert hidden.content(b"\xed\xa0\x80") == b"\xed\xa0\x80"


def test_an_invocation_is_seen_without_them_and_is_itself_left_alone() -> None:
    stream = EventStream()
    stream.cold_success()
    invocation = fold_invocation(stream.events, next(each.request_id for each in stream.events if each.request_id))
    assert invocation is not None
    invocation.payload, invocation.payload_bytes = '{"key": "s3cret"}', 17
    invocation.own_lines.append((10**6, "using s3cret"))
    seen = hiding("s3cret", "cat.jpg").invocation(invocation)
    assert seen.payload == f'{{"key": "{MASK}"}}'
    assert seen.payload_bytes == len(seen.payload.encode())
    assert "cat.jpg" not in seen.event_text
    assert f"using {MASK}" in seen.log_lines()
    assert "s3cret" in invocation.payload
    assert "using s3cret" in invocation.log_lines()
    assert HiddenValues().invocation(invocation) is invocation
