"""Runs Pygments one line at a time: the state at the end of a line is the input for the next.

Pygments reads whole texts, but an editor has to recolor one line per keystroke. So the lexer's state is kept per line, and
only lines whose starting state has changed are read again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from pygments.lexer import ExtendedRegexLexer, Lexer, LexerContext, RegexLexer
from pygments.lexers import get_lexer_by_name
from pygments.lexers.data import YamlLexer, YamlLexerContext  # pygments.lexers itself only has them once fully imported
from pygments.token import Token, _TokenType

from workbench.editor.token_kinds import kind_of

MAX_LINE_CHARACTERS = 5_000
"""Longer lines (minified code) are colored only up to here, so that a single line cannot freeze the window."""

_MAX_DEPTH = 40
"""State stacks are cut to this depth, so that unbalanced brackets cannot make states grow without end."""
_IN_COMMENT = "/*"
"""A state of our own: Pygments has none for a comment that continues on the next line."""

State = Hashable
Found = Iterator[tuple[int, Any, str]]


class Span(NamedTuple):
    """A colored piece of a line; positions count Python characters."""

    start: int
    length: int
    kind: str


class LineLexer(Protocol):
    """Reads one line at a time; `state` is None on the first line, else what the previous line returned."""

    def lex(self, line: str, state: State) -> tuple[list[Span], State]:
        """Return the colored spans of a line (passed without its line end) and the state after it."""
        ...


def line_lexer(alias: str) -> LineLexer:
    """Return a line lexer for a Pygments alias, of the kind that its Pygments lexer needs."""
    lexer = get_lexer_by_name(alias)
    if isinstance(lexer, ExtendedRegexLexer):
        return _ContextLines(lexer)
    if isinstance(lexer, RegexLexer) and type(lexer).get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed:
        return _RegexLines(lexer)
    return _StatelessLines(lexer)


class _StatelessLines:
    """For lexers whose tokens never cross a line end (JSON, plain text)."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer

    def lex(self, line: str, state: State) -> tuple[list[Span], State]:
        return spans_of(self._lexer.get_tokens_unprocessed(line[:MAX_LINE_CHARACTERS])), state


class _ContextLines:
    """For lexers that carry their state in a context object (YAML, Ruby)."""

    def __init__(self, lexer: ExtendedRegexLexer) -> None:
        self._lexer = lexer
        self._context = YamlLexerContext if isinstance(lexer, YamlLexer) else LexerContext

    def lex(self, line: str, state: State) -> tuple[list[Span], State]:
        context = self._context(line[:MAX_LINE_CHARACTERS] + "\n", 0)
        for name, value in state or ():  # type: ignore[attr-defined]
            setattr(context, name, list(value) if isinstance(value, tuple) else value)
        return spans_of(self._tokens(context)), _frozen(context)

    def _tokens(self, context: Any) -> Found:
        """Yield tokens up to the line end; the lexer's own loop would treat it as the end of the text."""
        while context.pos < context.end:
            yield from self._step(context)

    def _step(self, context: Any) -> Found:
        for matches, action, change in self._lexer._tokens[context.stack[-1]]:
            found = matches(context.text, context.pos, context.end)
            if not found:
                continue
            if type(action) is _TokenType:
                yield context.pos, action, found.group()
                context.pos = found.end()
            elif action is not None:
                yield from action(self._lexer, found, context)
            _change_state(context.stack, change)
            return
        if context.text[context.pos] == "\n":
            context.stack[:] = ["root"]
        context.pos += 1


def _frozen(context: Any) -> State:
    """Return what a context carries over to the next line, as a hashable value."""
    carried = {name: value for name, value in vars(context).items() if name not in ("text", "pos", "end")}
    return tuple((name, tuple(value[:_MAX_DEPTH]) if isinstance(value, list) else value) for name, value in carried.items())


class _RegexLines:
    """For the many lexers that consist of tables of rules and a stack of state names."""

    def __init__(self, lexer: RegexLexer) -> None:
        self._lexer = lexer
        self._rules: dict[str, Any] = lexer._tokens
        self._allows_comment: dict[str, bool] = {}

    def lex(self, line: str, state: State) -> tuple[list[Span], State]:
        stack = list(state or ("root",))  # type: ignore[call-overload]
        if len(line) > MAX_LINE_CHARACTERS:  # the state stays as it was: what the rest of the line does to it is not known
            return spans_of(self._tokens(line[:MAX_LINE_CHARACTERS], list(stack))), tuple(stack)
        spans = spans_of(self._tokens(line + "\n", stack))
        return spans, tuple(stack[:_MAX_DEPTH])

    def _tokens(self, text: str, stack: list[str]) -> Found:
        """Apply the rules to `text` and yield tokens; `stack` ends up in the state after the line."""
        position = 0
        while position < len(text):
            if self._starts_open_comment(text, position, stack):
                stack.append(_IN_COMMENT)
            if stack[-1] == _IN_COMMENT:
                end = _end_of_comment(text, position, stack)
                yield position, Token.Comment.Multiline, text[position:end]
            else:
                end = yield from self._step(text, position, stack)
            position = end

    def _step(self, text: str, position: int, stack: list[str]) -> Any:
        """Apply the first rule that matches; returns the position after it."""
        for matches, action, change in self._rules[stack[-1]]:
            found = matches(text, position)
            if not found:
                continue
            if type(action) is _TokenType:
                yield position, action, found.group()
            elif action is not None:
                yield from action(self._lexer, found)
            _change_state(stack, change)
            # A rule that matches "" and changes no state would loop forever.
            return found.end() if found.end() > position or change is not None else position + 1
        # As Pygments does: a line end that no rule expects returns to the start, so that one error does not color all the rest.
        if text[position] == "\n":
            stack[:] = ["root"]
        return position + 1

    def _starts_open_comment(self, text: str, position: int, stack: list[str]) -> bool:
        """Whether a `/*` begins here that the line does not close; Pygments' rule for a whole comment does not match then."""
        return (text.startswith("/*", position) and stack[-1] != _IN_COMMENT and text.find("*/", position + 2) < 0
                and self._comment_allowed(stack[-1]))

    def _comment_allowed(self, state: str) -> bool:
        """Whether this state would read `/**/` as a comment (inside a string it would not)."""
        if state not in self._allows_comment:
            # Tried at position 1, because rules for the start of a line would match at 0.
            actions = (action for matches, action, _ in self._rules[state] if matches(" /**/", 1))
            self._allows_comment[state] = next(actions, None) in Token.Comment
        return self._allows_comment[state]


def _end_of_comment(text: str, position: int, stack: list[str]) -> int:
    close = text.find("*/", position)
    if close < 0:
        return len(text)
    stack.pop()
    return close + 2


def _change_state(stack: list[str], change: Any) -> None:
    """Apply a Pygments state change: names to push, "#push", "#pop", or minus the number to pop. The last state always stays."""
    if change is None:
        return
    if isinstance(change, int):
        del stack[max(1, len(stack) + change):]
        return
    for name in change if isinstance(change, tuple) else (change,):
        if name != "#pop":
            stack.append(stack[-1] if name == "#push" else name)
        elif len(stack) > 1:
            stack.pop()


def spans_of(tokens: Iterable[tuple[int, Any, str]]) -> list[Span]:
    """Turn tokens into colored spans: plain text is left out, adjacent spans of the same kind are merged."""
    spans: list[Span] = []
    for start, token_type, value in tokens:
        kind = kind_of(token_type)
        if not kind or not value.strip():
            continue
        previous = spans[-1] if spans else None
        if previous and previous.kind == kind and previous.start + previous.length == start:
            spans[-1] = Span(previous.start, previous.length + len(value), kind)
        else:
            spans.append(Span(start, len(value), kind))
    return spans
