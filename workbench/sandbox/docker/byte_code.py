"""Compiles the trace's program with the very Python that will run it, so that no cold start has to.

An image's Python is asked once, in a container without function code, network or privileges, and its answer is used for this
image only. So an image can influence no functions but those that run in it anyway.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from workbench.sandbox.docker.container import FEW_PROCESSES, NO_SHARED_MEMORY, ulimits
from workbench.sandbox.docker.init_trace import MOUNTED_AT, PROGRAM, PROGRAM_FOLDER, has_byte_code, lay_out_program, put_byte_code
from workbench.sandbox.docker.user import USER

_ANSWER = re.compile(rb"(cpython-3\d{1,2}) ([0-9a-f]{64,200000})\n")
_MEMORY_BYTES = 64 * 2**20
# Flags 1 (hash-based, unchecked) and an empty hash: a file that Python never compares with its source. Source: PEP 552.
_PROGRAM = f"""
import importlib.util, marshal, sys
with open("{MOUNTED_AT}/{PROGRAM_FOLDER}/{PROGRAM}", "rb") as file:
    code = compile(file.read(), "{PROGRAM}", "exec", dont_inherit=True)
data = importlib.util.MAGIC_NUMBER + bytes([1, 0, 0, 0]) + bytes(8) + marshal.dumps(code)
print(sys.implementation.cache_tag, data.hex())
"""


def ensure_byte_code(client: Any, image: str, folder: Path, labels: dict[str, str], process_limit: int = 0) -> bool:
    """Have an image's Python compile the program in `folder`, once, and store the result there; False without a usable answer.

    `process_limit`: see `EngineInfo`. Blocking, some 250 ms; raises the SDK's errors and OSError.
    """
    lay_out_program(folder)
    if has_byte_code(folder):
        return True
    found = _ANSWER.fullmatch(_run(client, image, folder, labels, process_limit))
    if found is None:
        return False
    put_byte_code(folder, found[1].decode(), bytes.fromhex(found[2].decode()))
    return True


def _run(client: Any, image: str, folder: Path, labels: dict[str, str], process_limit: int) -> bytes:
    """What the program prints in a container of the image."""
    from docker.types import LogConfig, Mount

    host_config = client.create_host_config(
        network_mode="none", ipc_mode=NO_SHARED_MEMORY, read_only=True, cap_drop=["ALL"], pids_limit=FEW_PROCESSES,
        mem_limit=_MEMORY_BYTES, memswap_limit=_MEMORY_BYTES,
        security_opt=["no-new-privileges"], log_config=LogConfig(type="json-file"), ulimits=ulimits(process_limit),
        mounts=[Mount(target=MOUNTED_AT, source=str(folder), type="bind", read_only=True)])
    container = client.create_container(
        image=image, entrypoint=["python3", "-I", "-S", "-c", _PROGRAM], command=[], user=USER, labels=labels,
        host_config=host_config)["Id"]
    try:
        client.start(container)
        client.wait(container, timeout=20)
        printed: bytes = client.logs(container, stdout=True, stderr=False)
        return printed
    finally:
        client.remove_container(container, v=True, force=True)
