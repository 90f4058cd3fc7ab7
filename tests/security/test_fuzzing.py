"""What strangers and files can hold is tried by a fuzzer that follows the code's branches (F-21, F-26, F-29).

Here a few thousand inputs for each target, always the same; `make fuzz` goes on for as long as one likes.
"""

import importlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.security.fuzzing.targets_table import TARGETS
from tests.support.wait_until import PATIENCE_SECONDS

RUNS = {"images": 300, "workbooks": 500, "csv_files": 20_000}
RUNS_OF_OTHERS = 2_000
GUIDED = TARGETS if find_spec("atheris") else ()
"""The fuzzer is made for Linux on x86-64; elsewhere the seeds are tried."""


@pytest.mark.parametrize("target", TARGETS)
def test_every_seed_ends_as_it_must(target: str) -> None:  # F-26
    module = importlib.import_module(f"tests.security.fuzzing.targets.{target}")
    for seed in module.SEEDS:
        module.run(seed)


@pytest.mark.parametrize("target", GUIDED)
def test_no_input_that_the_fuzzer_finds_breaks_anything(target: str, tmp_path: Path) -> None:  # F-21, F-26, F-29
    bounds = [f"--runs={RUNS.get(target, RUNS_OF_OTHERS)}", "--seconds=0", f"--corpus={tmp_path}"]
    fuzzed = subprocess.run(
        [sys.executable, "-m", "tests.security.fuzzing", target, *bounds],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=4 * PATIENCE_SECONDS,
    )
    assert fuzzed.returncode == 0, fuzzed.stderr[-6000:]
