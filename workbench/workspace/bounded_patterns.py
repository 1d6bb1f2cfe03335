"""Matches regular expressions of a template in bounded time, whoever wrote them.

Python's `re` tries one way after the other: for `(a+)+$`, each further "a" doubles its time, and nothing can interrupt it. Here,
all ways are followed at once, character by character, so the work is at most the pattern's size times the text's. Source: K.
Thompson, "Regular expression search algorithm", 1968. What takes more than that (look-around, references to groups), or differs
between Java, which CloudFormation uses, and Python, is not matched at all but reported as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from workbench.workspace.pattern_syntax import Choice, Edge, Node, OneCharacter, Repeat, Sequel, UnknownPattern, parsed

MOST_STEPS = 500_000
"""Most instructions times characters for all texts: a second on a slow machine. Real templates take some thousands."""
_MOST_INSTRUCTIONS = 20_000


class BoundedPattern:
    """A pattern, to be matched with some texts. All of them together take a bounded time."""

    def __init__(self, pattern: str) -> None:
        """Raises UnknownPattern."""
        self._flags, node = parsed(pattern)
        program = _Program()
        program.add(node)
        self._program = program.instructions
        self._left = MOST_STEPS

    def matches_whole(self, text: str) -> bool:
        """Whether it matches the whole text. Raises UnknownPattern if that cannot be told in the time that is left."""
        self._left -= (len(self._program) + 1) * (len(text) + 1)
        if self._left < 0:
            raise UnknownPattern("It takes too long.")
        return _Run(self._program, self._flags, text).ends_at_the_end()


class _Instruction(msgspec.Struct):
    """One step: take a character that `piece` matches, be at an `edge`, or go on at each of `targets`."""

    piece: str = ""
    edge: str = ""
    targets: tuple[int, ...] = ()


class _Program:
    """A pattern as instructions, which follow each other unless they have targets. The end of the list is a match."""

    def __init__(self) -> None:
        self.instructions: list[_Instruction] = []
        self._added = 0

    def add(self, node: Node) -> None:
        """Append a node. Raises UnknownPattern if that makes the program too large."""
        self._added += 1  # counted as well: an empty group that is repeated a million times has no instructions
        if max(self._added, len(self.instructions)) > _MOST_INSTRUCTIONS:
            raise UnknownPattern("It is too large.")
        match node:
            case OneCharacter():
                self._put(_Instruction(piece=node.piece))
            case Edge():
                self._put(_Instruction(edge=node.which))
            case Sequel():
                for part in node.parts:
                    self.add(part)
            case Choice():
                self._add_choice(node.ways)
            case Repeat():
                self._add_repeat(node)

    def _put(self, instruction: _Instruction) -> _Instruction:
        self.instructions.append(instruction)
        return instruction

    def _add_choice(self, ways: Sequence[Node]) -> None:
        fork = self._put(_Instruction())
        begins, leaps = list[int](), list[_Instruction]()
        for way in ways:
            begins.append(len(self.instructions))
            self.add(way)
            leaps.append(self._put(_Instruction()))
        fork.targets = tuple(begins)
        for leap in leaps:
            leap.targets = (len(self.instructions),)

    def _add_repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self.add(node.part)
        if node.most is None:
            begin = len(self.instructions)
            fork = self._put(_Instruction())
            self.add(node.part)
            self._put(_Instruction(targets=(begin,)))
            fork.targets = (begin + 1, len(self.instructions))
            return
        forks = []
        for _ in range(node.most - node.least):
            forks.append((self._put(_Instruction()), len(self.instructions)))
            self.add(node.part)
        for fork, begin in forks:
            fork.targets = (begin, len(self.instructions))


class _Run:
    """One match of a program against a text."""

    def __init__(self, program: list[_Instruction], flags: int, text: str) -> None:
        self._program = program
        self._flags = flags
        self._text = text
        self._known: dict[tuple[str, str], bool] = {}

    def ends_at_the_end(self) -> bool:
        """Whether a way through the program takes the whole text."""
        places = self._reached([0], 0)
        for position, character in enumerate(self._text):
            taken = [place + 1 for place in places if self._takes(place, character)]
            places = self._reached(taken, position + 1)
        return len(self._program) in places

    def _takes(self, place: int, character: str) -> bool:
        if place == len(self._program):
            return False
        key = (self._program[place].piece, character)
        if key not in self._known:
            self._known[key] = re.compile(key[0], self._flags).fullmatch(character) is not None
        return self._known[key]

    def _reached(self, places: list[int], position: int) -> set[int]:
        """The places where a character is taken next, or that are a match, from these places without taking any."""
        seen, found = set[int](), set[int]()
        while places:
            place = places.pop()
            if place in seen:
                continue
            seen.add(place)
            if place == len(self._program) or self._program[place].piece:
                found.add(place)
            else:
                places += self._following(place, position)
        return found

    def _following(self, place: int, position: int) -> Iterator[int]:
        instruction = self._program[place]
        if not instruction.edge:
            yield from instruction.targets
        elif self._is_at(instruction.edge, position):
            yield place + 1

    def _is_at(self, edge: str, position: int) -> bool:
        if edge == "^":
            return position == 0
        # "$" is also before a newline at the end, in Java as in Python.
        return position == len(self._text) or (edge == "$" and self._text[position:] == "\n")
