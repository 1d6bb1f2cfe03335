"""The program that runs moto's server for an engine: on loopback, at a free port, as long as its standard input is open.

It is a process of its own and imports nothing of ours. Its standard input closes however the engine ends, also when it is killed.
Source: moto's documentation, "Server mode", `ThreadedMotoServer`.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Serve, print the port on a line, and end with the standard input."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    os.write(1, f"{port}\n".encode())
    while os.read(0, 4096):
        pass
    os._exit(0)  # at once: what it holds is lost anyway, and requests in progress would keep it alive


if __name__ == "__main__":
    try:
        main()
    except ImportError as error:
        sys.exit(f"moto cannot be imported: {error}")
