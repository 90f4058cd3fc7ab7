"""`make browser`: the browser that the tests of pages need. Standard library only.

Where none is installed and this is a Debian that we may install to, it is installed; elsewhere one sentence says what
to do.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")


def find() -> str | None:
    """The browser's program: the one CHROMIUM names, or the first of the usual ones on the path."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> None:
    """Finds the browser or installs it; ends with one sentence when it can do neither."""
    if find() is not None:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(
            "The tests of pages need Chromium; install it (Debian: apt-get install chromium), or set CHROMIUM to it."
        )
    print(f"installing {' and '.join(PACKAGES)} for the tests of pages (a minute the first time)", flush=True)
    if _apt("install", *PACKAGES) == 0:
        return
    # The list of packages is missing or out of date.
    _apt("update")
    if _apt("install", *PACKAGES):
        sys.exit("Chromium could not be installed; apt-get says why above.")


def _apt(*arguments: str) -> int:
    """Runs apt-get without questions; its exit status."""
    command = ["apt-get", "--yes", "--quiet", "--no-install-recommends", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    main()
