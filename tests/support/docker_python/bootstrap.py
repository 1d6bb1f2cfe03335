"""/var/runtime/bootstrap.py of the Python test image: what AWS's base image does around its client, written anew.

AWS's client and all that it imports come first, from the runtime's own folder; only then do the function's folder and its layers
count, `.pth` files included. A PYTHONPATH of the function's own takes the place of the layers. Source: sys.path and variables
that were recorded on the service (2026); `tests/contract/test_python_environment.py` holds a process to the same list.
"""

import os
import site
import sys

from awslambdaric import __main__ as client

RUNTIME = os.path.dirname(os.path.abspath(__file__))


def layers() -> "list[str]":
    """The folders of layers, those for one version of Python first; whether they are there is not asked."""
    major, minor = sys.version_info[:2]
    return [f"/opt/python/lib/python{major}.{minor}/site-packages", "/opt/python"]


def main() -> None:
    """Set up the search path in Lambda's order, then serve invocations until the process is ended."""
    added = [os.environ["LAMBDA_TASK_ROOT"], *([] if "PYTHONPATH" in os.environ else layers())]
    sys.path[:0] = added
    for folder in added:
        site.addsitedir(folder)
    os.environ.setdefault("PYTHONPATH", RUNTIME)
    client.main([sys.argv[0], os.environ["_HANDLER"]])


main()
