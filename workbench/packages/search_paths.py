"""Where each language finds what layers bring, when `/opt` is a folder somewhere else.

Source: Lambda developer guide, "Layer paths for each Lambda runtime", and recorded environments of the service.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import PurePath

_NAME = re.compile(r"(python|nodejs|ruby|java|dotnet|provided)(\d+(?:\.\d+)?)?")


def layer_paths(runtime: str, opt: str) -> Mapping[str, str]:
    """The variables through which a runtime searches its layers, each a list of folders below `opt`; {} without layers.

    They come behind what Lambda sets itself (PATH, LD_LIBRARY_PATH) or are the whole value (PYTHONPATH, NODE_PATH, GEM_PATH,
    RUBYLIB, CLASSPATH). A variable of the function's own replaces them: Lambda's Python looks into no layer when PYTHONPATH is
    set. The folders need not exist.
    """
    if not opt:
        return {}
    name = _NAME.match(runtime)
    family, version = (name[1], name[2] or "") if name else ("", "")
    root = PurePath(opt)
    lists = {"PATH": [root / "bin"], "LD_LIBRARY_PATH": [root / "lib"], **_of_language(family, version, root)}
    return {variable: os.pathsep.join(map(str, folders)) for variable, folders in lists.items()}


def _of_language(family: str, version: str, root: PurePath) -> dict[str, list[PurePath]]:
    if family == "python":
        return {"PYTHONPATH": [root / "python" / "lib" / f"python{version}" / "site-packages", root / "python"]}
    if family == "nodejs":
        return {"NODE_PATH": [root / "nodejs" / f"node{version}" / "node_modules", root / "nodejs" / "node_modules"]}
    if family == "ruby":
        return {"GEM_PATH": [root / "ruby" / "gems" / f"{version}.0"], "RUBYLIB": [root / "ruby" / "lib"]}
    if family == "java":
        return {"CLASSPATH": [root / "java" / "lib" / "*"]}
    return {}
