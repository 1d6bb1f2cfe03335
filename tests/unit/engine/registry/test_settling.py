"""When functions that the API makes are active."""

from __future__ import annotations

from pathlib import Path

from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import NobodyListens, archive, resources_in

FUNCTION = {"Runtime": "python3.12", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/any",
            "Code": {"ZipFile": archive("code")}}


async def test_a_function_is_answered_as_pending_and_active_by_then(tmp_path: Path) -> None:
    """Its creator asks at once and pauses for seconds if it is pending: botocore's waiter `function_active` for 5 s."""
    listener = NobodyListens()
    async with resources_in(tmp_path, HeldClock(), listener) as resources:
        answered = await resources.changes.create(resources.home, "f", FUNCTION, publish=True)
        now = [resources.functions.require(resources.home, "f", qualifier) for qualifier in ("", "1")]
    assert (answered.state, answered.version) == ("Pending", "1")
    assert [each.state for each in now] == ["Active", "Active"]
    assert now[0].revision_id != answered.revision_id
    assert listener.names == ["f"]
