"""The flags of Node.js, by what the function asks for and by what runs it."""

from __future__ import annotations

import pytest

from workbench.runtimes.node_flags import node_flags

ALWAYS = ("--expose-gc", "--max-http-header-size=81920")
NO_REQUIRE, NO_DETECT = "--no-experimental-require-module", "--no-experimental-detect-module"
ASKS_AGAIN = "--enable-source-maps --experimental-require-module"
HEAPLESS = "--max-old-space-size=900"


@pytest.mark.parametrize(("memory_mb", "runtime", "heap"), [
    (1024, (20,), ("--max-semi-space-size=17", "--max-old-space-size=922")),
    (128, (24,), ("--max-semi-space-size=2", "--max-old-space-size=116")),
    (128, (18,), ("--max-semi-space-size=6", "--max-old-space-size=116")),
])
def test_heap_as_recorded(memory_mb: int, runtime: tuple[int, ...], heap: tuple[str, ...]) -> None:
    assert node_flags(memory_mb, runtime, (24, 1, 0), "")[:4] == (*ALWAYS, *heap)


@pytest.mark.parametrize("options", ["--max-old-space-size=900", "--max_old_space_size=900", "--max-semi-space-size=4"])
def test_a_function_that_sizes_its_heap_does_so_alone(options: str) -> None:
    assert node_flags(1024, (24,), (24, 1, 0), options) == ALWAYS


@pytest.mark.parametrize(("runtime", "interpreter", "options", "features"), [
    ((20,), (20, 20, 2), "", (NO_REQUIRE,)),
    ((22,), (22, 12, 0), "", (NO_REQUIRE, NO_DETECT)),
    ((22,), (20, 20, 2), "", (NO_REQUIRE, NO_DETECT)),
    ((22,), (20, 11, 0), "", (NO_DETECT,)),
    ((20,), (20, 9, 0), "", ()),
    ((20,), (21, 7, 0), "", ()),
    ((20,), (18, 20, 0), "", ()),
    ((20,), (26, 0, 0), "", (NO_REQUIRE,)),
    ((20,), (), "", ()),
    ((24,), (24, 1, 0), "", ()),
    ((18,), (20, 20, 2), "", ()),
    ((22,), (22, 12, 0), ASKS_AGAIN, (NO_DETECT,)),
    ((22,), (22, 12, 0), "--experimental-detect-module", (NO_REQUIRE,)),
    ((22,), (22, 12, 0), "--no-experimental-require-module", (NO_REQUIRE, NO_DETECT)),
])
def test_features_that_lambda_turns_off(
    runtime: tuple[int, ...], interpreter: tuple[int, ...], options: str, features: tuple[str, ...]
) -> None:
    assert node_flags(1024, runtime, interpreter, f"{HEAPLESS} {options}")[2:] == features
