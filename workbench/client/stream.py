"""Follow the engine's stream, reconnecting from the last sequence number seen so that nothing is missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import aiohttp
import msgspec

from workbench.client.api import EngineClient
from workbench.model.events import StreamEvent
from workbench.model.failures import EngineError

_decode = msgspec.json.Decoder(list[StreamEvent]).decode


async def follow(client: EngineClient, since: int = 0, retry_s: float = 0.2) -> AsyncGenerator[list[StreamEvent], None]:
    """Yield batches of events with a number above `since`, forever.

    Reopens a broken connection after `retry_s`. Raises EngineError after ten failed attempts in a row; the caller decides
    whether to start another engine.
    """
    failures = 0
    while True:
        try:
            async with client.open_stream(since) as socket:
                failures = 0
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break
                    batch = _decode(message.data)
                    if batch:
                        since = max(since, batch[-1].seq)
                        yield batch
        except (aiohttp.ClientError, OSError) as error:
            failures += 1
            if failures >= 10:
                raise EngineError("The engine's stream is gone.", "The window starts another engine.") from error
        await asyncio.sleep(retry_s)
