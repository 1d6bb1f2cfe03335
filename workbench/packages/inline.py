"""Make the package of code that is in the template (`InlineCode`, `Code.ZipFile`), as CloudFormation does.

Source: CloudFormation reference, "AWS::Lambda::Function Code": the text becomes index.py, or index.js as a CommonJS module. Its
guide, "cfn-response module": the module is added when the code loads it in the way that the guide shows.
"""

from __future__ import annotations

import re
from pathlib import Path

from workbench.model.function import FunctionConfiguration
from workbench.packages.limits import refused
from workbench.packages.targets import language

_MODULES = Path(__file__).resolve().parent / "inline_modules"
_PYTHON_IMPORT = re.compile(r"^\s*import cfnresponse\b", re.MULTILINE)
_NODE_REQUIRE = re.compile(r"""require\(\s*['"`]cfn-response['"`]\s*\)""")


def inline_files(function: FunctionConfiguration) -> dict[str, str]:
    """The package of a function with inline code, as texts by file name. Blocks briefly.

    Raises ServiceError for runtimes that CloudFormation accepts no inline code for.
    """
    family, _ = language(function.runtime)
    code = function.inline_code
    if family == "python":
        response = {"cfnresponse.py": _module("cfnresponse.py")} if _PYTHON_IMPORT.search(code) else {}
        return {"index.py": code, **response}
    if family == "nodejs":
        response = {"node_modules/cfn-response/index.js": _module("cfn-response.js")} if _NODE_REQUIRE.search(code) else {}
        return {"index.js": code, **response}
    raise refused("ZipFile can only be used when Runtime is set to one of Node.js and Python.",
                  f"{function.name} has {function.runtime}: put its code into a folder and name that in CodeUri.")


def _module(name: str) -> str:
    return (_MODULES / name).read_text(encoding="utf-8")
