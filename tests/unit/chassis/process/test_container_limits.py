"""What a container may use, read from control groups as Linux writes them."""

import os
from pathlib import Path

import pytest

from chassis.process.container_limits import memory_bytes, processors

MACHINE = len(os.sched_getaffinity(0))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "own").write_text("0::/pod/container\n")
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text + "\n")


def processors_in(root: Path) -> int:
    return processors(root, root / "own")


def memory_in(root: Path) -> int | None:
    return memory_bytes(root, root / "own")


def test_without_a_limit_the_machine_counts(root: Path) -> None:
    write(root, "pod/container/cpu.max", "max 100000")
    write(root, "pod/container/memory.max", "max")
    assert (processors_in(root), memory_in(root)) == (MACHINE, None)
    assert memory_bytes(root, root / "absent") is None


@pytest.mark.parametrize(("quota", "expected"), [("50000", 1), ("100000", 1), ("99900000", MACHINE)])
def test_a_quota_of_processors_is_rounded_up_and_never_more_than_the_machine_has(
    root: Path, quota: str, expected: int
) -> None:
    write(root, "pod/container/cpu.max", f"{quota} 100000")
    assert processors_in(root) == expected


def test_the_limits_of_the_groups_around_hold_too(root: Path) -> None:
    write(root, "pod/container/memory.max", "max")
    write(root, "pod/memory.max", "805306368")
    write(root, "pod/cpu.max", "100000 100000")
    assert (processors_in(root), memory_in(root)) == (1, 805306368)


def test_control_groups_of_version_1_are_understood(root: Path) -> None:
    (root / "own").write_text("5:cpu,cpuacct:/pod\n4:memory:/pod\n3:pids:/pod\n")
    write(root, "cpu/pod/cpu.cfs_quota_us", "100000")
    write(root, "cpu/pod/cpu.cfs_period_us", "100000")
    write(root, "memory/pod/memory.limit_in_bytes", "536870912")
    write(root, "memory/memory.limit_in_bytes", "9223372036854771712")
    assert (processors_in(root), memory_in(root)) == (1, 536870912)


def test_no_quota_in_version_1_is_minus_one(root: Path) -> None:
    (root / "own").write_text("5:cpu,cpuacct:/pod\n")
    write(root, "cpu/pod/cpu.cfs_quota_us", "-1")
    write(root, "cpu/pod/cpu.cfs_period_us", "100000")
    assert processors_in(root) == MACHINE
