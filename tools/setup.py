"""`make setup`: the virtual environment with every locked dependency and the `zikao` command.

Standard library only: it runs before anything is installed.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.txt"


def main(folder: Path) -> None:
    """Makes the environment in `folder`, or brings it up to date. Ends with one sentence when it cannot."""
    python = folder / "bin" / "python"
    if not (folder / "bin" / "pip").exists():
        _create(folder)
    print("installing the locked dependencies (about a minute the first time)", flush=True)
    _pip(python, "--require-hashes", "--requirement", str(LOCK))
    _pip(python, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def _create(folder: Path) -> None:
    try:
        venv.create(folder, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError:
        sys.exit("This Python lacks its venv module; install it (Debian: apt-get install python3-venv).")
    except OSError as cause:
        sys.exit(f"{folder} cannot be written ({cause.strerror}); mend that and run make setup again.")


def _pip(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        sys.exit("The dependencies could not be installed; pip says why above.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
