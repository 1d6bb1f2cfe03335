"""Labels of the window show a folder's words as they are, also where these look like HTML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import workbench
from workbench.editor.plain_label import PlainLabel
from workbench.gui.dialogs.trust_dialog import TrustDialog
from workbench.model.trust import Brought, TrustReport

HTML = "make <img src='file:///etc/hostname'><!-- evil.sh -->"


def test_no_label_is_made_that_takes_a_text_for_html() -> None:
    sources = [path for room in ("gui", "editor") for path in (Path(workbench.__file__).parent / room).rglob("*.py")]
    found = [path.name for path in sources if re.search(r"\bQLabel\(|\(QLabel\)", path.read_text("utf-8"))]
    assert found == ["plain_label.py"]


def test_no_stock_box_asks_or_tells_anything() -> None:
    """Sheets of our own do (`editor/sheet.py`): with the window's look, the focus in the right place, and Escape."""
    sources = [path for room in ("gui", "editor") for path in (Path(workbench.__file__).parent / room).rglob("*.py")]
    stock = re.compile(r"\bQ(MessageBox|InputDialog|ColorDialog|FontDialog|ErrorMessage|ProgressDialog|Wizard)\b")
    assert [path.name for path in sources if stock.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("text", [HTML, "<b>bold</b>", "&lt;"])
def test_a_label_is_as_wide_as_all_of_its_text(text: str, qtbot: QtBot) -> None:
    label = PlainLabel(text)
    qtbot.addWidget(label)
    assert label.fontMetrics().horizontalAdvance(text) <= label.sizeHint().width() + 2


def test_the_question_of_trust_hides_nothing(qtbot: QtBot) -> None:
    item = Brought(kind="build", text=HTML, digest="d", functions=("F",))
    dialog = TrustDialog(TrustReport(folder=f"/home/{HTML}", standing="unknown", items=(item,)), f"Refused: {HTML}")
    qtbot.addWidget(dialog)
    for label in (dialog.head, dialog.why, dialog.note):
        assert label.textFormat() == label.textFormat().PlainText
    assert dialog.list.item(0).text().endswith(HTML) or HTML in dialog.list.item(0).text()


def test_what_was_refused_is_not_said_twice(qtbot: QtBot) -> None:
    item = Brought(kind="image", text="The image i runs as F", digest="d", functions=("F",))
    dialog = TrustDialog(TrustReport(folder="/home", standing="unknown", items=(item,)), "The image i runs as F.")
    qtbot.addWidget(dialog)
    assert (dialog.why.isHidden(), dialog.list.count()) == (True, 1)
