"""Code that stands in the template (`InlineCode`, `Code.ZipFile`) as the package that CloudFormation makes of it.

Source: CloudFormation reference, "AWS::Lambda::Function Code": the text becomes a file named `index`, for Node.js `index.js`,
which is a CommonJS module; its guide, "cfn-response module": code that loads that module as the guide writes it has it beside it.
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
    """The package of a function with inline code, as texts by the names of files. Blocks a moment.

    Raises ServiceError for runtimes that CloudFormation takes no inline code for.
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
