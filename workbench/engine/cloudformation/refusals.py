"""CloudFormation's errors. Source: API reference, "Errors" of each operation; recorded answers of the service."""

from __future__ import annotations

from workbench.model.failures import ServiceError, WorkbenchError


class ResourceFailed(WorkbenchError):
    """A resource could not be made, changed or deleted; the message is the reason that its event has.

    `physical_id`: what there is of it all the same, "" for nothing.
    """

    def __init__(self, message: str, physical_id: str = "") -> None:
        super().__init__(message)
        self.physical_id = physical_id


def invalid(message: str, hint: str = "") -> ServiceError:
    """The error for whatever is wrong with a template, a parameter or a stack's state."""
    return ServiceError("ValidationError", 400, message, hint=hint)


def template_error(message: str) -> ServiceError:
    """The error for an intrinsic function that cannot be evaluated."""
    return invalid(f"Template error: {message}")


def format_error(message: str) -> ServiceError:
    """The error for a template that is none."""
    return invalid(f"Template format error: {message}")


def no_stack(name: str) -> ServiceError:
    """The error for a stack that is not there."""
    return invalid(f"Stack with id {name} does not exist")


def no_change_set(name: str) -> ServiceError:
    """The error for a change set that is not there."""
    return ServiceError("ChangeSetNotFound", 404, f"ChangeSet [{name}] does not exist")
