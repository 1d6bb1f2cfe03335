"""Keep other users of this machine from changing functions: whoever may create one could run code as the engine's user.

The loopback interface belongs to all users of a machine, and Lambda's API has no secret of ours. Only Linux tells whose a
connection is; on other systems every user of the machine can call.
"""

from __future__ import annotations

import asyncio
import os

from aiohttp import web

from workbench.gateway.signed_requests import SIGNER
from workbench.model.failures import ServiceError
from workbench.storage.tcp_table import far_end


async def refuse_other_users(request: web.Request) -> None:
    """Raise ServiceError 403 if the caller is another user than the engine's, and not root."""
    if request.transport is None or os.name != "posix" or SIGNER in request:
        return  # whoever signs with an issued key is allowed to, whoever they are
    caller, called = request.transport.get_extra_info("peername"), request.transport.get_extra_info("sockname")
    end = await asyncio.to_thread(far_end, tuple(caller[:2]), tuple(called[:2]))
    if end is not None and end.user_id not in (0, os.geteuid()):
        raise ServiceError("AccessDeniedException", 403, "Another user of this machine may not change functions here.",
                           hint="Run an engine of your own.")
