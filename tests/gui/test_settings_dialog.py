"""The settings of a workspace: what the dialog shows and what it hands over."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from workbench.gui.dialogs.settings_dialog import SettingsDialog
from workbench.model.engine_api import FailureLog, Settings
from workbench.model.function import FreezeMode

BEFORE = Settings(sandbox="docker", region="eu-west-1", images={"python3.13": "mine:1", "ruby3.4": "gems:2"}, idle_limit_s=95)
IMAGES = {"python3.13": "public.ecr.aws/lambda/python:3.13", "go1.x": ""}


def opened(qtbot: QtBot) -> tuple[SettingsDialog, list[Settings]]:
    """The dialog, and what it hands over."""
    dialog = SettingsDialog(BEFORE, ("us-east-1", "eu-central-1"), IMAGES)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    handed_over: list[Settings] = []
    dialog.chosen.connect(handed_over.append)
    dialog.open()
    return dialog, handed_over


def test_it_shows_what_is_set(qtbot: QtBot) -> None:
    dialog, handed_over = opened(qtbot)
    assert dialog.settings() == BEFORE
    assert [dialog.region.itemText(row) for row in range(dialog.region.count())] == ["eu-central-1", "eu-west-1", "us-east-1"]
    assert dialog.images["python3.13"].placeholderText() == IMAGES["python3.13"]
    assert "no image" in dialog.images["go1.x"].placeholderText()
    dialog.accept()
    assert handed_over == []


def test_what_is_changed_is_handed_over_and_the_rest_stays(qtbot: QtBot) -> None:
    dialog, handed_over = opened(qtbot)
    dialog.sandbox.setCurrentIndex(dialog.sandbox.findData("auto"))
    dialog.region.setCurrentText("us-east-1")
    dialog.idle_minutes.setValue(5)
    dialog.account_concurrency.setValue(50)
    assert (dialog.machine_environments.text(), dialog.machine_memory.text()) == ("By its cores", "What is available")
    dialog.machine_environments.setValue(8)
    dialog.machine_memory.setValue(4_096)
    dialog.images["python3.13"].clear()
    dialog.images["go1.x"].setText(" go:3 ")
    dialog.accept()
    assert handed_over == [
        Settings(sandbox="auto", region="us-east-1", images={"go1.x": "go:3", "ruby3.4": "gems:2"}, idle_limit_s=300,
                 account_concurrency=50, machine_environments=8, machine_memory_mb=4_096)]


def test_other_services_are_at_moto_or_a_url(qtbot: QtBot) -> None:
    dialog, handed_over = opened(qtbot)
    dialog.services.setText("localhost:4566")
    assert "without a path" in dialog.problem()
    dialog.accept()
    assert handed_over == []
    dialog.services.setText(" http://localhost:4566 ")
    assert dialog.problem() == ""
    dialog.accept()
    assert [settings.services for settings in handed_over] == ["http://localhost:4566"]


def test_how_environments_live_and_failures_are_logged_can_be_chosen(qtbot: QtBot) -> None:
    dialog, handed_over = opened(qtbot)
    assert (dialog.freeze.currentData(), dialog.failure_log.currentData(), dialog.prepared.currentData()) == (
        "on", "both", "one")
    dialog.freeze.setCurrentIndex(dialog.freeze.findData("pause"))
    dialog.failure_log.setCurrentIndex(dialog.failure_log.findData("old"))
    dialog.prepared.setCurrentIndex(dialog.prepared.findData("all"))
    assert not dialog.venv_packages.isChecked()
    dialog.venv_packages.setChecked(True)
    dialog.accept()
    (settings,) = handed_over
    assert (settings.freeze, settings.failure_log) == ("pause", "old")
    assert (settings.prepared_sandboxes, settings.venv_packages) == ("all", True)
    assert (settings.sandbox, settings.images, settings.idle_limit_s) == (BEFORE.sandbox, BEFORE.images, BEFORE.idle_limit_s)


def test_the_network_of_all_functions_is_handed_over_by_itself(qtbot: QtBot) -> None:
    dialog, handed_over = opened(qtbot)
    networks: list[bool] = []
    dialog.network_chosen.connect(networks.append)
    assert dialog.network.isChecked()
    dialog.network.setChecked(False)
    dialog.accept()
    assert (networks, handed_over) == ([False], [])


def test_each_way_to_freeze_says_what_it_does(qtbot: QtBot) -> None:
    dialog, _ = opened(qtbot)
    sentences = set()
    for row in range(dialog.freeze.count()):
        dialog.freeze.setCurrentIndex(row)
        sentences |= {label.text() for label in dialog.findChildren(QLabel) if "on Lambda" in label.text()}
    assert len(sentences) == dialog.freeze.count() == len(get_args(FreezeMode))
    assert dialog.failure_log.count() == len(get_args(FailureLog))


def test_a_blank_in_a_name_is_told(qtbot: QtBot) -> None:
    dialog, _ = opened(qtbot)
    dialog.images["go1.x"].setText("go 3")
    assert not dialog.confirm.isEnabled()
    assert "go1.x has a blank" in dialog.problem()
