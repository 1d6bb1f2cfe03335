"""The variables through which each language finds the content of layers when `/opt` is another folder.

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
"""On Lambda, RUBYLIB begins with the library of AWS's runtime client, which does not exist here."""
_NODE_PATH = "/opt/nodejs/node{0}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task"


def layer_paths(runtime: str, opt: str) -> Mapping[str, str]:
    """The variables through which a runtime searches its layers, which are merged in `opt` ("" without layers).

    PATH and LD_LIBRARY_PATH are to be appended to what Lambda itself sets; CLASSPATH, NODE_PATH, GEM_HOME, GEM_PATH and RUBYLIB
    are whole values. Node.js and Ruby get theirs even without layers, and with Lambda's own paths, which sandboxes other than
    containers translate. A function's own variable replaces them. Python has no such variable: our bootstrap searches below
    WORKBENCH_LAYERS, as AWS's does below /opt, and then removes the variable. The folders need not exist.
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
    """The part of these variables that a container is given. AWS's image sets the rest, for Ruby with its client's path."""
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
