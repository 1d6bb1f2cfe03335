"""With which credentials functions may call: their environment's, and those issued to it."""

from __future__ import annotations

from workbench.engine.services_endpoint.environment_keys import MOST_KEYS, EnvironmentKeys


def test_a_key_is_admitted_as_long_as_its_environment() -> None:
    keys = EnvironmentKeys()
    assert keys.account_of("") is None
    keys.admit("one", "KEY", "111111111111")
    keys.admit("two", "OTHER", "222222222222")
    assert (keys.account_of("KEY"), keys.account_of("OTHER")) == ("111111111111", "222222222222")
    keys.forget("one")
    keys.forget("one")
    assert (keys.account_of("KEY"), keys.account_of("OTHER")) == (None, "222222222222")


def test_keys_of_all_sandboxes_of_an_environment_go_together() -> None:
    keys = EnvironmentKeys()
    keys.admit("one", "FIRST", "111111111111")
    keys.admit("one", "AFTER A RESET", "111111111111")
    keys.forget("one")
    assert keys.account_of("FIRST") is keys.account_of("AFTER A RESET") is None


def test_an_issued_key_is_as_good_as_the_one_it_was_issued_to() -> None:
    keys = EnvironmentKeys()
    keys.admit("one", "KEY", "111111111111")
    keys.admit_issued("UNKNOWN", "NEVER", "111111111111")
    keys.admit_issued("KEY", "ASSUMED", "333333333333")
    keys.admit_issued("ASSUMED", "CHAINED", "444444444444")
    assert keys.account_of("NEVER") is None
    assert (keys.account_of("ASSUMED"), keys.account_of("CHAINED")) == ("333333333333", "444444444444")
    keys.forget("one")
    assert keys.account_of("ASSUMED") is keys.account_of("CHAINED") is None


def test_a_function_that_assumes_roles_without_end_keeps_its_own_key_and_the_latest() -> None:
    keys = EnvironmentKeys()
    keys.admit("one", "OWN", "111111111111")
    for number in range(MOST_KEYS + 5):
        keys.admit_issued("OWN", f"ISSUED{number}", "111111111111")
    assert keys.account_of("OWN") == keys.account_of(f"ISSUED{MOST_KEYS + 4}") == "111111111111"
    assert keys.account_of("ISSUED5") is None


def test_a_key_of_several_environments_is_admitted_until_the_last_of_them_is_gone() -> None:
    keys = EnvironmentKeys()
    for environment in ("one", "two"):
        keys.admit(environment, "REAL", "111111111111")
        keys.admit(environment, "REAL", "111111111111")
    keys.forget("one")
    assert keys.account_of("REAL") == "111111111111"
    keys.forget("two")
    assert keys.account_of("REAL") is None
