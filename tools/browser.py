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
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *PACKAGES]
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    if subprocess.run(install, check=False, stderr=subprocess.DEVNULL, **quiet).returncode == 0:
        return
    # The list of packages is missing or out of date.
    subprocess.run(["apt-get", "update", "--quiet"], check=False, **quiet)
    if subprocess.run(install, check=False, **quiet).returncode:
        sys.exit("Chromium could not be installed; apt-get says why above.")


if __name__ == "__main__":
    main()
