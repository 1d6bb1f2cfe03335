"""The person's folders are those that platformdirs names, though on Linux it is not asked."""

from __future__ import annotations

import platformdirs
import pytest

from workbench.storage.person_folders import APPLICATION, configuration_folder, state_folder


@pytest.mark.parametrize("named", [None, "", "/somewhere/else", "/somewhere/", "relative", "~/mine", " /spaced", "/two words"])
@pytest.mark.parametrize("home", ["/home/somebody", "relative", None])
def test_they_are_where_every_program_has_them(monkeypatch: pytest.MonkeyPatch, home: str | None, named: str | None) -> None:
    for variable, value in (("HOME", home), ("XDG_CONFIG_HOME", named), ("XDG_STATE_HOME", named)):
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    assert configuration_folder() == platformdirs.user_config_dir(APPLICATION, appauthor=False)
    assert state_folder() == platformdirs.user_state_dir(APPLICATION, appauthor=False)
