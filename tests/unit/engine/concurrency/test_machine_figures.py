"""What a container leaves an engine of its machine's memory: files as the kernel has them."""

from __future__ import annotations

from pathlib import Path

import psutil

from workbench.engine.concurrency.machine_figures import measured_memory, usable_cores

MB = 2**20
TOTAL_MB = psutil.virtual_memory().total / MB


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text + "\n")


def figures(folder: Path, own: str) -> tuple[float, float]:
    named = folder / "own"
    named.write_text(own)
    return measured_memory(folder / "groups", named)


def test_without_limits_it_is_the_machine_s(tmp_path: Path) -> None:
    group(tmp_path / "groups", memory__max="max", memory__current="1")
    total_mb, available_mb = figures(tmp_path, "0::/\n")
    assert (total_mb, 0 < available_mb <= total_mb) == (TOTAL_MB, True)
    assert measured_memory(tmp_path / "none", tmp_path / "none").total_mb == TOTAL_MB
    assert usable_cores() >= 1


def test_the_smallest_of_the_groups_above_counts(tmp_path: Path) -> None:
    """What the kernel takes back first, files that nobody reads, is available."""
    group(tmp_path / "groups" / "a", memory__max=str(100 * MB), memory__current=str(90 * MB),
          memory__stat=f"anon 1\ninactive_file {20 * MB}\n")
    group(tmp_path / "groups" / "a" / "b", memory__max=str(200 * MB), memory__current=str(10 * MB))
    assert figures(tmp_path, "0::/a/b\n") == (100, 30)


def test_in_a_container_whose_path_is_that_on_its_host(tmp_path: Path) -> None:
    """Control groups of version 1; the group itself is at the root of what can be seen."""
    group(tmp_path / "groups" / "memory", memory__limit_in_bytes=str(512 * MB), memory__usage_in_bytes=str(100 * MB),
          memory__stat=f"total_inactive_file {MB}\n")
    assert figures(tmp_path, "5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n0::/\n") == (512, 413)


def test_a_group_that_takes_more_than_it_may_leaves_nothing(tmp_path: Path) -> None:
    group(tmp_path / "groups", memory__max=str(100 * MB), memory__current=str(101 * MB))
    assert figures(tmp_path, "0::/\n") == (100, 0)
