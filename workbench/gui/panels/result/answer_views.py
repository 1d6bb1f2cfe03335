"""The ways in which an answer is looked at, one at a time: text with the log, tree, HTTP response, bytes, comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme
from workbench.gui.panels.result.compare_view import CompareView
from workbench.gui.panels.result.response_view import ResponseView
from workbench.gui.panels.result.result_text import Piece
from workbench.gui.panels.result.text_view import TextView
from workbench.gui.widgets.json_tree import JsonTree
from workbench.gui.widgets.lines_view import LinesView
from workbench.gui.widgets.search_field import SearchField
from workbench.gui.widgets.two_groups import TwoGroups
from workbench.state.answers import Answer
from workbench.state.hex_lines import HexLines
from workbench.state.invocation import Invocation
from workbench.state.session import Session

_NAMES = {
    "text": ("Text", "The answer as text, with the log"),
    "tree": ("Tree", "The answer as a tree"),
    "response": ("Response", "The answer as the HTTP response that it is"),
    "bytes": ("Bytes", "The answer as bytes"),
    "compare": ("Diff", "How the answer differs from another one"),
}

_FEWEST_LINES = 3
"""Lines of an answer that stay visible below everything else."""


View = TextView | JsonTree | ResponseView | LinesView | CompareView
ViewT = TypeVar("ViewT", bound=View)


class Searchable(Protocol):
    """A view that can be searched."""

    def search(self, needle: str, found: Callable[[int], None]) -> None:
        """Look for a text; `found` is called with the number of places."""

    def show_found(self, number: int) -> None:
        """Show one of the places."""


class AnswerViews(QWidget):
    """Ctrl+F searches in the view that is shown. `bar` has room for more buttons. Emits `browser_wanted(str html)`."""

    browser_wanted = Signal(str)

    def __init__(self, text: TextView, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text, self._session, self._theme = text, session, theme
        self.search = SearchField("Search in the answer")
        self.search_button, self.bar = QToolButton(), TwoGroups()
        self.bar.setObjectName("answerBar")
        self._made: dict[str, View] = {}
        self.buttons = {name: _button(*words) for name, words in _NAMES.items()}
        self._group, self._stack = QButtonGroup(self), QStackedWidget()
        self._wanted = ""
        self._invocation: Invocation | None = None
        self._answer: Answer | None = None
        self._filled: set[str] = set()
        self._offered: set[str] = set()
        self._lay_out()
        self._connect()
        self.set_theme(theme)
        self.show_text_only(())

    @property
    def shown(self) -> str:
        """The name of the view in front."""
        return next(name for name, view in self._made.items() if view is self._stack.currentWidget())

    # Each is made when it is first looked at: together they take longer to make than all the rest of the panel.

    @cached_property
    def tree(self) -> JsonTree:
        """The answer as a tree."""
        return self._take_in("tree", JsonTree())

    @cached_property
    def response(self) -> ResponseView:
        """The answer as an HTTP response."""
        response = self._take_in("response", ResponseView(self._theme))
        response.browser_wanted.connect(self.browser_wanted)
        return response

    @cached_property
    def bytes(self) -> LinesView:
        """The answer as bytes."""
        return self._take_in("bytes", LinesView("The answer as bytes"))

    @cached_property
    def compare(self) -> CompareView:
        """How the answer differs."""
        return self._take_in("compare", CompareView(self._session))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self._theme = theme
        for view in self._made.values():
            view.set_theme(theme)
        self._filled -= {"response", "compare"}  # their texts have colors in them
        self.search_button.setIcon(icon("search", theme.muted))

    def show_text_only(self, pieces: Sequence[Piece]) -> None:
        """Show a text while there is no answer."""
        self._invocation, self._answer = None, None
        self.text.show_pieces(pieces)
        self._offer({"text"}, "text")

    def show_answer(self, invocation: Invocation, answer: Answer, pieces: Sequence[Piece], *, is_http: bool) -> None:
        """Show an answer. `pieces` are it and the log where it is short; `is_http`: an HTTP request asked for it."""
        if answer is not self._answer:
            self._filled.clear()
        self._invocation, self._answer = invocation, answer
        self.text.show_answer(answer.whole, pieces, has_failed=bool(invocation.function_error))
        self._filled.discard("compare")
        offered = {"compare"} | ({"text"} if answer.whole.lines is not None else {"bytes"})
        if answer.whole.root is not None and answer.whole.root.has_children:
            offered.add("tree")
        if answer.http is not None and not invocation.function_error:  # of an error, the front makes an answer of its own
            offered.add("response")
        usual = "bytes" if answer.whole.lines is None else "response" if "response" in offered and is_http else "text"
        if invocation.function_error and self._wanted != "compare":
            self._offer(offered, usual)  # an error is read first, whatever was looked at before
        else:
            self._offer(offered, self._wanted if self._wanted in offered else usual)

    def choose(self, name: str) -> None:
        """Show a view from now on, where there is one."""
        self._wanted = name
        if name in self._offered:
            self._turn(name)

    def open_search(self) -> None:
        """Show the field to search in, with the focus in it."""
        self.search.setVisible(True)
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.edit.selectAll()

    def _lay_out(self) -> None:
        for button in self.buttons.values():
            self._group.addButton(button)
        self.bar.left.add(*self.buttons.values())
        self._take_in("text", self.text)
        self.search_button.setToolTip("Search in the answer (Ctrl+F)")
        self.search_button.setAccessibleName("Search in the answer")
        self.search_button.setAutoRaise(True)
        self.bar.right.add(self.search_button)
        self.search.setVisible(False)
        self._stack.setMinimumHeight(_FEWEST_LINES * self.fontMetrics().lineSpacing() + 10)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.bar, self.search):
            layout.addWidget(part)
        layout.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self._group.buttonClicked.connect(self._on_clicked)
        self.search_button.clicked.connect(self.open_search)
        self.search.sought.connect(self._on_sought)
        self.search.place_wanted.connect(self._on_place)
        self.search.left.connect(self._on_left)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.open_search)

    def _take_in(self, name: str, view: ViewT) -> ViewT:
        self._made[name] = view
        view.set_theme(self._theme)
        self._stack.addWidget(view)
        return view

    def _offer(self, names: set[str], chosen: str) -> None:
        self._offered = names
        for name, button in self.buttons.items():
            button.setVisible(name in names and len(names) > 1)
        self.search_button.setVisible(self._answer is not None)
        self.bar.settle()
        self._turn(chosen)

    def _turn(self, name: str) -> None:
        self.buttons[name].setChecked(True)
        if name not in self._filled and self._answer is not None and self._invocation is not None:
            self._fill(name, self._answer, self._invocation)
        view: View = getattr(self, name)
        self._stack.setCurrentWidget(view)
        self.setFocusProxy(view)
        if self.search.isVisibleTo(self):
            self.search.seek_again()

    def _fill(self, name: str, answer: Answer, invocation: Invocation) -> None:
        """Fill a view when it is looked at first."""
        self._filled.add(name)
        if name == "tree":
            self.tree.show_document(answer.whole.root, answer.whole.content)
        elif name == "response" and answer.http is not None and answer.body is not None:
            self.response.show_response(answer.http, answer.body)
        elif name == "bytes":
            self.bytes.show_rows(HexLines(answer.whole.content))
        elif name == "compare":
            self.compare.show_result(invocation, answer.whole.lines.text if answer.whole.lines is not None else "")

    def _searched(self) -> Searchable | None:
        view = self._made[self.shown]
        return None if isinstance(view, CompareView) else view

    def _on_clicked(self, button: QToolButton) -> None:
        self.choose(next(name for name, one in self.buttons.items() if one is button))

    def _on_sought(self, needle: str) -> None:
        view = self._searched()
        if view is None:
            self.search.show_count(0)
        else:
            view.search(needle, self.search.show_count)

    def _on_place(self, number: int) -> None:
        view = self._searched()
        if view is not None:
            view.show_found(number)

    def _on_left(self) -> None:
        self.search.setVisible(False)
        self._made[self.shown].setFocus(Qt.FocusReason.OtherFocusReason)


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setCheckable(True)
    return button
