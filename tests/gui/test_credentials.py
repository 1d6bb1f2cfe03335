"""Which credentials functions get, in the real window with a real engine: shown, chosen, refused, taken away with one click."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.aws_profiles import SECRET, AwsProfiles
from tests.support.moto_servers import moto_url
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.dialogs.credentials_dialog import CredentialsDialog
from workbench.gui.look.theme import DARK, LIGHT
from workbench.gui.panels.configuration.credentials_line import CredentialsLine
from workbench.model.credentials import CredentialsChoice, CredentialsReport, FunctionCredentials

__all__ = ["play"]
ROLE = "arn:aws:iam::210987654321:role/app"
CODE = {"app.py": """
    import os
    def handler(event, context):
        print(os.environ["AWS_SECRET_ACCESS_KEY"])
        return dict(os.environ)["AWS_SECRET_ACCESS_KEY"]
"""}


def test_credentials(play: Callable[[Scenario], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE).function("Beta", CODE, properties=f"Role: {ROLE}").write()
    with moto_url() as url:
        profiles = AwsProfiles(tmp_path / "aws", monkeypatch, sts=url)
        profiles.add_process("dev", "ASIAONE")
        profiles.add("portal", sso_start_url="https://example.awsapps.com/start", sso_region="us-east-1",
                     sso_account_id="123456789012", sso_role_name="Dev")

        async def scenario(window: Window) -> None:
            await window.open(root)
            await they_are_made_up_without_being_asked(window)
            await a_profile_without_a_session_is_refused_in_the_dialog(window)
            await a_profile_is_chosen_and_shown(window)
            await its_secrets_are_not_shown(window)
            await roles_are_chosen(window)
            await one_click_takes_them_away(window)

        play(scenario)


async def they_are_made_up_without_being_asked(window: Window) -> None:
    window.window.run("focus.configuration")
    await until(lambda: line(window).isVisible())
    assert line(window).text == "made up"
    assert not line(window).forget.isVisible()
    assert not window.window.status_line.credentials.isVisible()
    pictures(window.window, window, "credentials-made-up")


async def a_profile_without_a_session_is_refused_in_the_dialog(window: Window) -> None:
    line(window).change.click()
    dialog = await opened(window)
    assert not dialog.profile.isVisible()
    assert "no account" in dialog.meaning
    choose(dialog.kind, "profile")
    assert dialog.profile.isVisible()
    assert not dialog.role.isVisible()
    assert (dialog.problem(), dialog.meaning, dialog.confirm.isEnabled()) == ("Choose a profile.", "", False)
    await until(lambda: dialog.profile.findData("portal") > 0)
    choose(dialog.profile, "portal")
    assert "a real AWS account, with everything that profile portal may do" in dialog.meaning
    pictures(dialog, window, "credentials-dialog")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await until(lambda: "aws sso login --profile portal" in dialog.problem_text)
    assert dialog.problem_text.startswith("Error loading SSO Token")
    pictures(dialog, window, "credentials-refused")
    assert dialog.isVisible()
    choose(dialog.profile, "dev")
    dialog.confirm.click()
    await until(lambda: window.workspace.credentials.dialog is not dialog or not visible(dialog))


async def a_profile_is_chosen_and_shown(window: Window) -> None:
    await until(lambda: line(window).text.startswith("profile dev (account 123456789012), until "))
    mark = window.window.status_line.credentials
    assert (mark.isVisible(), mark.text()) == (True, "Real AWS account: profile dev")
    assert line(window).forget.isVisible()
    pictures(window.window, window, "credentials-real")


async def its_secrets_are_not_shown(window: Window) -> None:
    assert (await window.invoke()).status == "success"
    shown = [label.text() for label in window.window.findChildren(QLabel)]
    assert not [text for text in shown if SECRET in text]
    newest = window.workspace.session.history.newest()
    assert newest is not None
    assert newest.payload == '"****"'


async def roles_are_chosen(window: Window) -> None:
    window.window.status_line.credentials.click()
    dialog = await opened(window)
    choose(dialog.kind, "role")
    assert dialog.profile.currentData() == "dev"
    dialog.role.setText("app")
    assert "like arn:aws:iam::123456789012:role/NAME" in dialog.problem()
    dialog.role.setText("")
    assert any(ROLE in label.text() and label.isVisible() for label in dialog.findChildren(QLabel))
    pictures(dialog, window, "credentials-roles")
    assert dialog.choice() == CredentialsChoice(kind="role", profile="dev", own_roles=(ROLE,))
    dialog.confirm.click()
    await until(lambda: line(window).text == "the role of each function (profile dev)")
    assert "its Role is not the ARN of one" in line(window).problem.text()
    window.workspace.model.choose_function("Beta")
    assert line(window).text == f"role {ROLE} (profile dev)"
    pictures(window.window, window, "credentials-own-role")


async def one_click_takes_them_away(window: Window) -> None:
    line(window).forget.click()
    await until(lambda: line(window).text == "made up")
    assert not window.window.status_line.credentials.isVisible()
    health = window.workspace.link.health
    assert health is not None
    assert health.credentials.choice == CredentialsChoice()


def test_the_line_of_a_function_says_what_it_gets_and_why(qtbot: QtBot) -> None:
    line = CredentialsLine()
    qtbot.addWidget(line)
    wanted: list[str] = []
    line.change_wanted.connect(lambda: wanted.append("change"))
    line.forget_wanted.connect(lambda: wanted.append("forget"))
    line.show_credentials(None, is_real_chosen=True)
    assert line.isHidden()
    line.show_credentials(FunctionCredentials(function="F", source="made up", note="Not trusted."), is_real_chosen=True)
    assert (line.text, line.note.text(), line.problem.isHidden()) == ("made up", "Not trusted.", True)
    assert line.accessibleName() == "Credentials: made up"
    led = FunctionCredentials(function="F", source="made up", calls_lambda_here=True)
    line.show_credentials(led, is_real_chosen=False)
    assert line.note.text() == "Calls of AWS Lambda come to this engine (AWS_ENDPOINT_URL_LAMBDA)."
    assert not line.note.isHidden()
    marked = FunctionCredentials(function="F", source="profile a<b>", problem="It has expired.")
    line.show_credentials(marked, is_real_chosen=True)
    assert (line.text, line.problem.text(), line.note.isHidden()) == ("profile a<b>", "It has expired.", True)
    for button in (line.change, line.forget):
        button.click()
    assert wanted == ["change", "forget"]


def test_the_dialog_begins_with_what_is_chosen(qtbot: QtBot) -> None:
    choice = CredentialsChoice(kind="role", profile="gone", role_arn=ROLE)
    dialog = CredentialsDialog(CredentialsReport(choice=choice))
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    assert dialog.choice() == choice
    dialog.show_profiles(("dev", "gone"))
    assert dialog.choice() == choice
    dialog.role.clear()
    assert dialog.problem() == "Name a role: no function has the ARN of one as its Role in the template."


def line(window: Window) -> CredentialsLine:
    made = window.workspace.configuration.panel and window.workspace.configuration.credentials
    assert made is not None
    return made


async def opened(window: Window) -> CredentialsDialog:
    """The dialog, once it is there."""
    await until(lambda: visible(window.workspace.credentials.dialog))
    dialog = window.workspace.credentials.dialog
    assert dialog is not None
    return dialog


def visible(dialog: QWidget | None) -> bool:
    try:
        return dialog is not None and dialog.isVisible()
    except RuntimeError:  # it has deleted itself
        return False


def choose(combo: object, data: str) -> None:
    combo.setCurrentIndex(combo.findData(data))  # type: ignore[attr-defined]


def pictures(shown: QWidget, window: Window, name: str) -> None:
    """For somebody who looks at them."""
    folder = os.environ.get("WORKBENCH_TEST_PICTURES")
    for theme in (LIGHT, DARK) if folder else ():
        window.appearance.choose("dark" if theme is DARK else "light")
        window.appearance.apply()
        shown.grab().save(f"{folder}/{name}-{'dark' if theme is DARK else 'light'}.png")
