"""Why another AWS service cannot be reached."""

from __future__ import annotations

from workbench.model.failures import WorkbenchError

HOW = "Start the engine with --services moto (moto's server, started with it) or --services URL."
"""How to have a services endpoint, as a sentence."""


class ServicesUnavailable(WorkbenchError):
    """A request for another AWS service cannot be answered."""


class NoServicesEndpoint(ServicesUnavailable):
    """... because there is no services endpoint."""

    def __init__(self, service: str) -> None:
        super().__init__(f"This endpoint serves AWS Lambda. For {service} it needs a services endpoint, and it has none.", HOW)
        self.service = service
