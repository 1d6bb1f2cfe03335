"""Why a function does not let a snapshot be made, as its version's StateReason and StateReasonCode tell it."""

from __future__ import annotations

import msgspec

from workbench.engine.lifecycle.initialization import InitOutcome


class SnapshotFailure(msgspec.Struct, frozen=True):
    """StateReasonCode and StateReason."""

    code: str
    reason: str


_CODES = {
    "Runtime.InvalidEntrypoint": "FunctionError.InvalidEntryPoint",
    "Runtime.InvalidWorkingDir": "FunctionError.InvalidWorkingDirectory",
}
_REASON = "An error occurred during function initialization."


def failure_of(outcome: InitOutcome) -> SnapshotFailure:
    """Return the failure that a failed INIT means.

    Code FunctionError and this sentence are what CloudFormation and Terraform report of a version whose INIT or hook failed; the
    other codes are those of the API reference, StateReasonCode, by their names.
    """
    if outcome.status == "timeout":
        return SnapshotFailure("FunctionError.InitTimeout", _REASON)
    if outcome.error_type.startswith("Extension."):
        return SnapshotFailure("FunctionError.ExtensionInitError", _REASON)
    return SnapshotFailure(_CODES.get(outcome.error_type, "FunctionError"), _REASON)
