"""The tree of exceptions."""

from __future__ import annotations

from workbench.model import failures


def test_errors_show_message_and_hint() -> None:
    error = failures.ServiceError("ResourceNotFoundException", 404, "Function not found: x", hint="Create it.", fault="User")
    assert str(error) == "Function not found: x Create it."
    assert str(failures.InvalidInput("Not a number.")) == "Not a number."
    assert (error.code, error.status, error.fault) == ("ResourceNotFoundException", 404, "User")


def test_every_error_is_a_workbench_error() -> None:
    assert issubclass(failures.SandboxUnavailable, failures.SandboxError)
    kinds = (failures.ServiceError, failures.WorkspaceError, failures.SandboxError, failures.EngineError, failures.InvalidInput)
    assert all(issubclass(kind, failures.WorkbenchError) for kind in kinds)
