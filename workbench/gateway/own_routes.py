"""What the engine serves under `/_workbench/` beside its stream and its life, subject by subject."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.allowed_api import AllowedApi
from workbench.gateway.api_state_api import ApiStateApi
from workbench.gateway.comparisons_api import ComparisonsApi
from workbench.gateway.credentials_api import CredentialsApi
from workbench.gateway.debug_api import DebugApi
from workbench.gateway.function_urls.listing import FunctionUrlsApi
from workbench.gateway.function_urls.recording import Recordings
from workbench.gateway.history_api import HistoryApi
from workbench.gateway.inbox_api import InboxApi
from workbench.gateway.overrides_api import OverridesApi
from workbench.gateway.queue_api import QueueApi
from workbench.gateway.saving_api import SavingApi
from workbench.gateway.trust_api import TrustApi
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.gateway.vitals_api import VitalsApi
from workbench.gateway.whole_answers_api import WholeAnswersApi


def own_routes(
    engine: Engine, answers: UnreadAnswers, recordings: Recordings, followers: Callable[[], int]
) -> list[web.RouteDef]:
    """Return the routes of all subjects, over one engine.

    `recordings` is what its function URLs have recorded; `followers` counts the programs that follow its stream.
    """
    subjects = (
        DebugApi(engine), TrustApi(engine), AllowedApi(engine), CredentialsApi(engine), OverridesApi(engine),
        ComparisonsApi(engine), ApiStateApi(engine, answers), SavingApi(engine), InboxApi(engine), QueueApi(engine),
        HistoryApi(engine, answers), FunctionUrlsApi(engine.resources, recordings),
        VitalsApi(engine, followers),
        WholeAnswersApi(engine, answers),
    )
    return [route for subject in subjects for route in subject.routes()]
