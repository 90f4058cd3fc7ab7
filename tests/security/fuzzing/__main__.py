"""Fuzzing by coverage: `python -m tests.security.fuzzing images --seconds 600`, or `make fuzz` for every target.

Inputs that found something new are kept in `.fuzzing/<target>` and are where the next run begins; an input that breaks
something is written there as `crash-…` or `timeout-…`. Put it, as small as it can be, beside the target's seeds: the
tests try it from then on.
"""

import argparse
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Final

import atheris

from tests.security.fuzzing.targets_table import TARGETS

CORPUS: Final = Path(".fuzzing")
MOST_MEMORY_MB: Final = 2048
MOST_SECONDS_AN_INPUT: Final = 60


def main() -> None:
    """Runs one target in this process, or each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.security.fuzzing", description=__doc__)
    parser.add_argument("target", choices=(*TARGETS, "all"), nargs="?", default="all", help="what to fuzz")
    parser.add_argument(
        "--seconds", type=int, default=600, help="how long for each target, 0 for ever (default: %(default)s)"
    )
    parser.add_argument("--runs", type=int, default=-1, help="at most so many inputs (default: as time allows)")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="where inputs are kept (default: %(default)s)")
    told = parser.parse_args()
    if told.target == "all":
        sys.exit(max(_process(name, told) for name in TARGETS))
    fuzz(told.target, told.corpus / told.target, seconds=told.seconds, runs=told.runs)


def _process(name: str, told: argparse.Namespace) -> int:
    print(f"== {name}, {told.seconds} s", flush=True)
    options = [f"--seconds={told.seconds}", f"--runs={told.runs}", f"--corpus={told.corpus}"]
    return subprocess.run([sys.executable, "-m", "tests.security.fuzzing", name, *options], check=False).returncode


def fuzz(name: str, corpus: Path, *, seconds: int, runs: int) -> None:
    """Does not return: the process ends with 0, or with another status when an input broke something."""
    with atheris.instrument_imports(include=_instrumented(name)):
        target = importlib.import_module(f"tests.security.fuzzing.targets.{name}")
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.SEEDS):
        (corpus / f"seed-{number}").write_bytes(seed)
    bounds = [f"-max_total_time={seconds}", f"-runs={runs}", f"-timeout={MOST_SECONDS_AN_INPUT}"]
    quiet = [f"-rss_limit_mb={MOST_MEMORY_MB}", f"-artifact_prefix={corpus}/", "-print_final_stats=1", "-seed=1"]
    atheris.Setup([sys.argv[0], str(corpus), *bounds, *quiet], target.run)
    atheris.Fuzz()


def _instrumented(name: str) -> list[str]:
    """What a target says is to be instrumented, read without importing what it imports."""
    source = (Path(__file__).parent / "targets" / f"{name}.py").read_text()
    line = next(line for line in source.splitlines() if line.startswith("INSTRUMENTED"))
    return [part for number, part in enumerate(line.split('"')) if number % 2]


if __name__ == "__main__":
    main()
