"""What `--services` may name: moto, whose server is started, a URL, or none."""

from __future__ import annotations

from workbench.engine.services_endpoint.endpoint import MOTO
from workbench.engine.services_endpoint.moto import INSTALL, is_installed
from workbench.model.engine_api import is_services_choice
from workbench.model.failures import EngineError, InvalidInput

_NONE = "none"


def services_choice(named: str) -> str:
    """Return the setting for what the command names. Raises InvalidInput, and EngineError if moto is not installed."""
    chosen = "" if named == _NONE else named
    if not is_services_choice(chosen):
        raise InvalidInput(f"{named!r} is no services endpoint.", "Give moto, none, or a URL such as http://localhost:5000.")
    if chosen == MOTO and not is_installed():
        raise EngineError("moto is not installed.", INSTALL)
    return chosen
