"""`python -m tests.wild DIR`: open every template below a folder of checked-out projects and compare what is seen in it.

Each function's structure is held against what SAM CLI's own reader sees; one setting of each is changed in memory, and the file
must differ in exactly that. `--json FILE` writes everything as a document. Exit status 1 when something is unexplained.
With `--invoke N` functions of N projects (or more of fewer projects) are invoked instead, in `--sandbox`, with their own events.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import msgspec

from tests.wild import table
from tests.wild.choosing import chosen_functions
from tests.wild.comparing import UNEXPLAINED
from tests.wild.finding import templates_below
from tests.wild.invoking import invoked, use_image
from tests.wild.outcome import outcome_of


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="dev.py wild", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, help="write all outcomes there")
    parser.add_argument("--invoke", type=int, default=0, metavar="N", help="invoke so many functions")
    parser.add_argument("--sandbox", default="process")
    parser.add_argument("--runtimes", default="python,nodejs,ruby", help="families, by how their names begin")
    parser.add_argument("--image", action="append", default=[], metavar="FAMILY=IMAGE", help="stands in for AWS's, in Docker")
    options = parser.parse_args()
    root = options.folder.resolve()
    if options.invoke:
        return _invoke(root, options)
    return _read(root, options)


def _read(root: Path, options: argparse.Namespace) -> int:
    with ProcessPoolExecutor(2) as pool:
        outcomes = list(pool.map(outcome_of, templates_below(root), chunksize=8))
    for line in table.lines(outcomes, root):
        print(line)
    if options.json:
        options.json.write_bytes(msgspec.json.encode(outcomes))
    unexplained = any(d.reason == UNEXPLAINED for outcome in outcomes for d in outcome.differences)
    return 1 if unexplained or any(edit.wrong for outcome in outcomes for edit in outcome.edits) else 0


def _invoke(root: Path, options: argparse.Namespace) -> int:
    chosen = chosen_functions(root, tuple(options.runtimes.split(",")), options.invoke)
    images = dict(given.split("=", 1) for given in options.image)
    for each in chosen:
        use_image(each, images)
    with ThreadPoolExecutor(2) as pool:
        outcomes = []
        for outcome in pool.map(lambda each: invoked(each, options.sandbox), chosen):
            outcomes.append(outcome)
            print(f"{outcome.status:8} {outcome.category:14} {outcome.chosen.runtime:12} {outcome.chosen.project} "
                  f"{outcome.chosen.function}", flush=True)
    for line in table.invocation_lines(outcomes):
        print(line)
    if options.json:
        options.json.write_bytes(msgspec.json.encode(outcomes))
    return 1 if any(outcome.category == "none" for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
