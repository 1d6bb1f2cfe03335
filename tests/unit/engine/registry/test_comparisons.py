"""The settings of two versions, compared."""

from __future__ import annotations

from workbench.engine.registry.comparisons import different_settings
from workbench.model.comparisons import SettingDifference
from workbench.model.overrides import MASK


def test_settings_that_differ_are_told_by_their_paths() -> None:
    left = {"Timeout": 3, "Runtime": "python3.13", "Layers": ["a", "b"], "LoggingConfig": {"LogFormat": "Text", "LogGroup": "g"}}
    right = {"Timeout": 30, "Runtime": "python3.13", "Layers": ["b", "a"],
             "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "g"},
             "FileSystemConfigs": [{"Arn": "arn", "LocalMountPath": "/mnt/x"}]}
    assert [(each.property, each.left, each.right) for each in different_settings(left, right)] == [
        ("FileSystemConfigs", "", '[{"Arn": "arn", "LocalMountPath": "/mnt/x"}]'), ("Layers", "a, b", "b, a"),
        ("LoggingConfig.LogFormat", "Text", "JSON"), ("Timeout", "3", "30")]


def test_values_of_variables_are_told_by_nobody() -> None:
    left = {"Environment": {"Variables": {"GONE": "secret-1", "KEPT": "secret-2", "OTHER": "secret-3"}}}
    right = {"Environment": {"Variables": {"KEPT": "secret-2", "OTHER": "secret-4", "NEW": "secret-5"}}}
    found = list(different_settings(left, right))
    assert found == [
        SettingDifference(property="Environment.GONE", left=MASK, right=""),
        SettingDifference(property="Environment.NEW", left="", right=MASK),
        SettingDifference(property="Environment.OTHER", left=MASK, right=f"{MASK} (another value)")]
    assert "secret" not in repr(found)
