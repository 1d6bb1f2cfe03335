"""Where each language finds what layers bring, when `/opt` is a folder somewhere else.

Source: Lambda developer guide, "Layer paths for each Lambda runtime", and recorded environments of the service.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import PurePath

_NAME = re.compile(r"(python|nodejs|ruby|java|dotnet|provided)(\d+(?:\.\d+)?)?")
_RUBY_PATHS = {
    "GEM_HOME": "/var/runtime",
    "GEM_PATH": "/var/task/vendor/bundle/ruby/{0}.0:/opt/ruby/gems/{0}.0:/var/runtime:/var/runtime/ruby/{0}.0",
    "RUBYLIB": "/var/task:/var/runtime/lib:/opt/ruby/lib",
}
"""Before /var/task comes the library of AWS's client there, which is not here."""
_NODE_PATH = "/opt/nodejs/node{0}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task"


def layer_paths(runtime: str, opt: str) -> Mapping[str, str]:
    """The variables through which a runtime searches its layers, each a list of folders below `opt`; {} without layers.

    Node.js gets NODE_PATH, Ruby its three with or without layers, as Lambda has them: a sandbox that is no container makes their
    folders true.

    They come behind what Lambda sets itself (PATH, LD_LIBRARY_PATH) or are the whole value (NODE_PATH, GEM_PATH, RUBYLIB,
    CLASSPATH). A variable of the function's own replaces them. Python has no variable: our bootstrap searches below
    WORKBENCH_LAYERS, as AWS's does below /opt, and takes the variable away. The folders need not exist.
    """
    name = _NAME.match(runtime)
    family, version = (name[1], name[2] or "") if name else ("", "")
    always = _always(family, version)
    if not opt:
        return always
    root = PurePath(opt)
    lists = {"PATH": [root / "bin"], "LD_LIBRARY_PATH": [root / "lib"], **_of_language(family, root)}
    return {variable: os.pathsep.join(map(str, folders)) for variable, folders in lists.items()} | always


def container_paths(runtime: str) -> Mapping[str, str]:
    """What of this a container is given: AWS's image sets the rest, for Ruby with the library of its client before all others."""
    return {name: value for name, value in layer_paths(runtime, "").items() if name == "NODE_PATH"}


def _always(family: str, version: str) -> dict[str, str]:
    if family == "ruby":
        return {variable: value.format(version) for variable, value in _RUBY_PATHS.items()}
    return {"NODE_PATH": _NODE_PATH.format(version)} if family == "nodejs" else {}


def _of_language(family: str, root: PurePath) -> dict[str, list[PurePath]]:
    if family == "python":
        return {"WORKBENCH_LAYERS": [root]}
    if family == "java":
        return {"CLASSPATH": [root / "java" / "lib" / "*"]}
    return {}
