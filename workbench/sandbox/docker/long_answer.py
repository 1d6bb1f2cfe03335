"""What a container engine answers over minutes, a line at a time: a pull, a build. Another thread can break it off."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from typing import Any


class LongAnswer:
    """The lines of one answer. `lines` blocks and belongs to one thread; `cancel` may be called from any."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._stream: Any = None

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody wants the rest."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Close the connection, now or as soon as there is one: the engine then ends its work."""
        self._cancelled.set()
        if self._stream is not None:
            self._stream.close()

    def lines(self, response: Any) -> Generator[dict[str, Any], None, None]:
        """The documents of a response as they come; it is closed when they end or are not read on."""
        from docker.types import CancellableStream
        from docker.utils.json_stream import json_stream

        with contextlib.closing(response):
            self._stream = CancellableStream(json_stream(response.iter_content(chunk_size=None)), response)
            if self.is_cancelled:  # meanwhile, before there was a connection to close
                self._stream.close()
            yield from self._stream
