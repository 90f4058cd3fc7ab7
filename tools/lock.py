"""`make lock`: the exact versions and hashes of every dependency, for production, for generating code and for
development, from the ranges in pyproject.toml.

Versions that are locked already stay unless pyproject.toml rules them out; `make lock ARGS=--upgrade` takes the newest.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.txt": (),
    "requirements-gen.txt": ("--extra", "gen"),
    "requirements-dev.txt": ("--all-extras",),
}
HEADER = "# Written by `make lock` from pyproject.toml; install with --require-hashes.\n"


def main(arguments: list[str]) -> None:
    """Writes all lock files."""
    for name, extras in LOCKS.items():
        lock = ROOT / name
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"),
            *("--universal", "--python-version", "3.11", "--generate-hashes"),
            *("--no-annotate", "--no-header", "--no-emit-index-url", "--output-file", name),
            *extras,
            *arguments,
        ]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            sys.exit(f"{name} could not be resolved; uv says why above.")
        lock.write_text(HEADER + lock.read_text())


if __name__ == "__main__":
    main(sys.argv[1:])
