"""The files of a case's function: its last statements in a handler that counts its invocations.

The event "again" asks how many invocations this process has served: 2 when it still is the same one, 1 after a restart.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

from tests.conformance.matrix.model import Cell, found

_PYTHON = """\
count = 0


def handler(event, context):
    global count
    count += 1
    if event == "again":
        return count
{body}
"""
_NODE = """\
let count = 0;
{export} = async (event, context) => {{
  count += 1;
  if (event === "again") return count;
{body}
}};
"""
_RUBY = """\
$count = 0
def handler(event:, context:)
  $count += 1
  return $count if event == "again"
{body}
end
"""
_JAVA = """\
package matrix;

import com.amazonaws.services.lambda.runtime.*;
import java.util.*;

public class {name} implements RequestHandler<Object, Object> {{
    private static int count;

    public Object handleRequest(Object event, Context context) {{
        count++;
        if ("again".equals(event)) return count;
{body}
    }}
}}
"""
_BASH = """\
#!/bin/bash
LC_ALL=C
count=0
api() {{  # METHOD PATH BODY HEADER: the answer is in $status, $headers and $body
  local line length=0
  exec 3<>"/dev/tcp/${{AWS_LAMBDA_RUNTIME_API%:*}}/${{AWS_LAMBDA_RUNTIME_API##*:}}"
  printf '%s /2018-06-01/runtime/%s HTTP/1.1\\r\\nHost: %s\\r\\n%sContent-Length: %d\\r\\n\\r\\n%s' \\
    "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "${{4:+$4$'\\r\\n'}}" "${{#3}}" "$3" >&3
  IFS= read -r status <&3
  headers=$'\\n'
  while IFS= read -r line <&3 && [ "$line" != $'\\r' ]; do headers+="${{line,,}}"$'\\n'; done
  length=${{headers#*$'\\n'content-length: }}
  read -r -N "${{length%%$'\\r'*}}" -u 3 body
  exec 3>&-
}}
respond() {{ api POST "invocation/$id/response" "$1"; }}
fail() {{ api POST "invocation/$id/error" "$2" "Lambda-Runtime-Function-Error-Type: $1"; }}
{init}
while true; do
  api GET invocation/next
  id=${{headers#*$'\\n'lambda-runtime-aws-request-id: }}
  id=${{id%%$'\\r'*}}
  event=$body
  count=$((count + 1))
  if [ "$event" = '"again"' ]; then respond "$count"; continue; fi
{body}
done
"""


def files_of(cell: Cell) -> Mapping[str, str]:
    """The files by name. Java's has still to be compiled."""
    whole = found(cell.case.files, cell.column)
    return whole if whole is not None else _WRAPPERS[cell.column.language](cell, found(cell.case.bodies, cell.column) or "")


def handler_of(cell: Cell) -> str:
    """The configured handler."""
    usual = f"matrix.{java_class(cell)}" if cell.column.language == "java" else "app.handler"
    return found(cell.case.handlers, cell.column) or usual


def java_class(cell: Cell) -> str:
    """The class of a case's Java handler: all of them are compiled at once."""
    return "".join(part.capitalize() for part in cell.case.name.split("-"))


def _python(_cell: Cell, body: str) -> dict[str, str]:
    return {"app.py": _PYTHON.format(body=_indented(body, 4))}


def _node(cell: Cell, body: str) -> dict[str, str]:
    name, export = ("app.mjs", "export const handler") if cell.column.form == "esm" else ("app.js", "exports.handler")
    return {name: _NODE.format(export=export, body=_indented(body, 2))}


def _ruby(_cell: Cell, body: str) -> dict[str, str]:
    return {"app.rb": _RUBY.format(body=_indented(body, 2))}


def _java(cell: Cell, body: str) -> dict[str, str]:
    return {f"{java_class(cell)}.java": _JAVA.format(name=java_class(cell), body=_indented(body, 8))}


def _bash(cell: Cell, body: str) -> dict[str, str]:
    init = found(cell.case.inits, cell.column) or ""
    return {"bootstrap": _BASH.format(init=init.strip("\n"), body=_indented(body or "respond 1", 2))}


def _indented(body: str, width: int) -> str:
    return textwrap.indent(textwrap.dedent(body).strip("\n"), " " * width)


_WRAPPERS: Mapping[str, Callable[[Cell, str], dict[str, str]]] = {
    "python": _python, "node": _node, "ruby": _ruby, "java": _java, "bash": _bash,
}
