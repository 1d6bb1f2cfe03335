"""What is told of package managers: real lines of npm, pip and uv, shortened."""

from __future__ import annotations

import pytest

from tests.unit.packages.functions import Steps
from workbench.packages.narration import Narration, deciding

NPM_FETCH = """npm http fetch GET 200 https://registry.example/express 107ms (cache miss)
npm http fetch GET 200 https://registry.example/@smithy%2ftypes 44ms (cache miss)
npm http fetch GET 200 https://registry.example/@smithy/types/-/types-3.7.2.tgz 12ms (cache miss)
npm warn deprecated x@1: old
npm http cache depd@https://registry.example/depd/-/depd-2.0.0.tgz 0ms (cache hit)"""

ERESOLVE = """npm http fetch GET 200 https://registry.example/react 107ms (cache miss)
npm error code ERESOLVE
npm error ERESOLVE unable to resolve dependency tree
npm error
npm error Found: react@18.2.0
npm error Could not resolve dependency:
npm error peer react@"17.0.2" from react-dom@17.0.2
npm error
npm error For a full report see:
npm error /home/me/.npm/_logs/2026-11-29T03_57_16_882Z-eresolve-report.txt
npm error A complete log of this run can be found in: /home/me/.npm/_logs/debug-0.log"""

OLD_NPM = """npm ERR! code ETARGET
npm ERR! notarget No matching version found for is-number@999.0.0.
npm ERR! A complete log of this run can be found in:
npm ERR!     /home/me/.npm/_logs/debug-0.log"""

GYP = "\n".join([
    "npm error code 1", "npm error path /tmp/work/node_modules/ffi-napi", "npm error command failed",
    *(f"npm error ../deps/ffi64.c:{number}:25: warning: suggest braces" for number in range(100)),
    "npm error ../src/ffi.cc:26:30: error: invalid conversion",
    "npm error gyp ERR! stack Error: `make` failed with exit code: 2",
    "npm error     at ChildProcess.<anonymous> (/usr/lib/build.js:219:23)"])

PIP = f"""Collecting six==999
WARNING: Location 'file:///x/six/' is ignored: it is neither a file nor a directory.
ERROR: Could not find a version that satisfies the requirement six==999 (from versions: {", ".join(f"1.{n}" for n in range(90))})
ERROR: No matching distribution found for six==999"""

PIP_BUILD = """Collecting attrs
Collecting pycurl==7.45.2 (from -r requirements.txt (line 1))
  error: subprocess-exited-with-error
  × Getting requirements to build wheel did not run successfully.
      Traceback (most recent call last):
        File "<string>", line 229, in configure_unix
      FileNotFoundError: [Errno 2] No such file or directory: 'curl-config'
      [end of output]
  note: This error originates from a subprocess, and is likely not a problem with pip.
error: subprocess-exited-with-error
ERROR: pip's dependency resolver does not currently take into account all the packages that are installed."""

UV = """Using Python 3.13
  × No solution found when resolving dependencies:
  ╰─▶ Because there is no version of six==999 and you require six==999, we can conclude that
      your requirements are unsatisfiable."""


@pytest.mark.parametrize(("tool", "text", "said"), [
    ("npm", ERESOLVE, ["npm error code ERESOLVE", "npm error ERESOLVE unable to resolve dependency tree",
                       "npm error Found: react@18.2.0", "npm error Could not resolve dependency:",
                       'npm error peer react@"17.0.2" from react-dom@17.0.2']),
    ("npm", OLD_NPM, OLD_NPM.splitlines()[:2]),
    ("npm", GYP, [*GYP.splitlines()[:3], *GYP.splitlines()[-3:-1]]),
    ("pip", PIP, ["ERROR: Could not find a version that satisfies the requirement six==999 (from versions: …, 1.82, 1.83, 1.84, "
                  "1.85, 1.86, 1.87, 1.88, 1.89)", "ERROR: No matching distribution found for six==999"]),
    ("pip", PIP_BUILD, ["Collecting pycurl==7.45.2 (from -r requirements.txt (line 1))", "error: subprocess-exited-with-error",
                        "FileNotFoundError: [Errno 2] No such file or directory: 'curl-config'"]),
    ("uv", UV, UV.splitlines()[1:]),
    ("pip", "nothing that is known\n\nat all", ["nothing that is known", "at all"]),
])
def test_the_deciding_lines(tool: str, text: str, said: list[str]) -> None:
    assert list(deciding(tool, text.splitlines())) == said


def test_progress_is_a_handful_of_sentences() -> None:
    steps, now_s = Steps(), [0.0]
    narration = Narration("npm", steps, lambda: now_s[0])
    for line in NPM_FETCH.splitlines():
        narration.line(line)
    assert steps.all == []
    for _ in range(600):
        now_s[0] += 0.1
        narration.line("npm http cache depd@https://registry.example/depd/-/depd-2.0.0.tgz 0ms (cache hit)")
    assert len(steps.all) == 6
    assert steps.all[0].text == "npm: 3 packages so far, now depd"


def test_what_a_persons_own_build_writes_is_told_as_it_is() -> None:
    steps = Steps()
    narration = Narration("makefile", steps, iter([0.0, *[5.0] * 9]).__next__)
    narration.line("  compiling everything " + "x" * 500)
    assert steps.texts == ("compiling everything " + "x" * 500)[:200]
