"""Headless Chromium, installed on demand from npm into the cache folder of the user, and what a page in it can do."""

from __future__ import annotations

import contextlib
import http.server
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from tests.support.nodes import CACHE, NotInstalled, npm_install
from tests.support.one_at_a_time import one_at_a_time

VERSION = "147.0.0"
_UNPACK = "import chromium from '@sparticuz/chromium'; console.log(await chromium.executablePath());"
_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-zygote", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--no-proxy-server")


@cache
def chromium() -> tuple[Path, Path]:
    """The program, and the folder with libraries that it may need. Raises NotInstalled."""
    node, folder = shutil.which("node"), CACHE / f"chromium-{VERSION}"
    if node is None or sys.platform != "linux":
        raise NotInstalled("Chromium comes from npm, for Linux")
    program = folder / "unpacked" / "chromium"
    with one_at_a_time("chromium"):
        if not program.exists():
            npm_install(folder, [f"@sparticuz/chromium@{VERSION}"], Path(node).parent)
            program.parent.mkdir(exist_ok=True)
            surroundings = {**os.environ, "TMPDIR": str(program.parent), "AWS_LAMBDA_JS_RUNTIME": "nodejs20.x"}
            subprocess.run([node, "--input-type=module", "-e", _UNPACK], cwd=folder, env=surroundings, check=True, timeout=120,
                           capture_output=True)
    return program, program.parent / "al2023" / "lib"


class _Page(http.server.SimpleHTTPRequestHandler):
    """Serves one page, and below it the files of a folder if there is one; takes what the page's script found out."""

    content = b""
    told: queue.Queue[bytes]
    folder: Path | None = None

    def do_GET(self) -> None:
        if self.folder is not None and self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def translate_path(self, path: str) -> str:
        """Return the file that a path names in the folder."""
        assert self.folder is not None
        return str(self.folder / path.split("?")[0].lstrip("/"))

    def do_POST(self) -> None:
        self.told.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Page:
    """A page at an origin of its own, `http://127.0.0.1:<port>`."""

    def __init__(self, server: http.server.ThreadingHTTPServer, told: queue.Queue[bytes]) -> None:
        self.origin = f"http://127.0.0.1:{server.server_port}"
        self._server = server
        self._told = told

    def run(self, script: str, folder: Path, options: Sequence[str] = ()) -> Any:
        """Run a script, the body of an async function, in a browser, and return what it returns. `folder` is empty."""
        program, libraries = chromium()
        page = f"""<!doctype html><script type="module">
            const found = await (async () => {{ {script} }})().catch((error) => String(error));
            await fetch("/", {{ method: "POST", body: JSON.stringify(found) }});
        </script>"""
        self._server.RequestHandlerClass.content = page.encode()  # type: ignore[attr-defined]
        command = [str(program), *_OPTIONS, *options, f"--user-data-dir={folder}", "--remote-debugging-port=0", self.origin]
        surroundings = {**os.environ, "LD_LIBRARY_PATH": str(libraries), "HOME": str(folder)}
        browser = subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return msgspec.json.decode(self._told.get(timeout=60))
        finally:
            browser.terminate()
            browser.wait(timeout=20)


@contextlib.contextmanager
def page(folder: Path | None = None) -> Iterator[Page]:
    """Serve a page, and the files of a folder beside it, until the block ends."""
    told: queue.Queue[bytes] = queue.Queue()
    handler = type("Handler", (_Page,), {"told": told, "folder": folder})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield Page(server, told)
        finally:
            server.shutdown()
            serving.join()
