"""`python -m workbench` is `workbench`."""

import os
import sys

if sys.path and sys.path[0] == os.getcwd() != os.path.dirname(os.path.dirname(os.path.abspath(__file__))):
    del sys.path[0]  # -m lets modules come from the folder that one stands in, which may be anybody's clone

from workbench.cli.program import run

run()
