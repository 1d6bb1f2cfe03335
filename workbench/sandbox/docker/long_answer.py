"""An answer of a container engine that takes minutes and comes line by line (pull, build). Another thread can cancel it."""

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
        """Close the connection, now or as soon as there is one; the engine then stops its work."""
        self._cancelled.set()
        if self._stream is not None:
            with contextlib.suppress(OSError, AttributeError):  # the SDK's close fails where the answer is just ending
                self._stream.close()

    def lines(self, response: Any) -> Generator[dict[str, Any], None, None]:
        """Yield the documents of a response as they arrive; it is closed at its end or when the caller stops reading."""
        from docker.types import CancellableStream
        from docker.utils.json_stream import json_stream

        with contextlib.closing(response):
            self._stream = CancellableStream(json_stream(response.iter_content(chunk_size=None)), response)
            if self.is_cancelled:  # `cancel` came before there was a connection that it could close
                self._stream.close()
            yield from self._stream
