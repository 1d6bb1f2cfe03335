"""Sends a streamed response no faster than Lambda does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from workbench.engine.invocation.bandwidth import StreamBandwidth


async def paced(chunks: AsyncIterator[bytes], sent_bytes: int) -> AsyncIterator[bytes]:
    """Yield each chunk once it may be sent, by Lambda's streaming bandwidth. `sent_bytes` have been sent already."""
    now_s = asyncio.get_running_loop().time
    bandwidth = StreamBandwidth(now_s())
    bandwidth.spend(sent_bytes, now_s())
    async for chunk in chunks:
        wait_s = bandwidth.spend(len(chunk), now_s())
        if wait_s:
            await asyncio.sleep(wait_s)
        yield chunk
