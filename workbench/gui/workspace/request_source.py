"""What Invoke sends: the chosen function and event, as they are on screen."""

from __future__ import annotations

from pathlib import Path

from workbench.gui.workspace.configuration_controller import ConfigurationController
from workbench.gui.workspace.documents import Documents
from workbench.gui.workspace.function_versions import FunctionVersions
from workbench.gui.workspace.invocation_controller import Request
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.failures import WorkspaceError


class RequestSource:
    """The `invocation_controller.Source` of an open workspace."""

    def __init__(
        self, model: WorkspaceState, versions: FunctionVersions, documents: Documents, configuration: ConfigurationController
    ) -> None:
        self._model = model
        self._versions = versions
        self._documents = documents
        self._configuration = configuration

    def save_for_invoke(self) -> None:
        """Save configuration, code, event and template, because the engine reads them from disk. Raises WorkspaceError."""
        self._configuration.flush()
        function, event = self._model.function, self._model.event_file
        if function is not None:
            templates = () if function.source == "api" else self._model.workspace.template_paths()
            files = [*templates, *([Path(event.path)] if event else [])]
            self._documents.save_for(Path(function.code_path), *files)
        self._model.reload()

    def request(self) -> Request:
        """Return the chosen function and event. Raises WorkspaceError if they cannot be invoked."""
        function = self._model.function
        # A template that cannot be read says nothing of a function that the API made.
        if self._model.problem is not None and (function is None or function.source != "api"):
            raise self._model.problem
        if function is None:
            raise WorkspaceError("There is no function to invoke.", "Create one with File > New function.")
        if function.problems:
            raise WorkspaceError(f"{function.name} cannot be invoked: {function.problems[0]}", "Correct it in the template.")
        tenant_id = self._versions.tenant_id if function.is_per_tenant else ""
        return Request(function, self._model.event_bytes(), self._model.event_name, self._versions.qualifier, tenant_id)
