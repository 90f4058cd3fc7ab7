"""The base of our image, made on this machine: a Debian of its own packages, under the name that the Dockerfile asks
for. No registry is needed.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from drills.containers.engine import Engine

DOCKERFILE: Final = Path(__file__).parents[2] / "deploy" / "Dockerfile"
RELEASE: Final = "trixie"
"""The Debian whose Python is the one that the Dockerfile names."""
PACKAGES: Final = ("python3", "python3-venv", "ca-certificates")
UNREAD: Final = ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
CERTIFICATES: Final = Path("etc/ssl/certs/ca-certificates.crt")


def name() -> str:
    """The base that the Dockerfile asks for where nobody names another."""
    found = re.search(r"^ARG BASE=(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    assert found is not None, "the Dockerfile names its base by ARG BASE"
    return found[1]


def make(engine: Engine, place: Path) -> None:
    """Makes the base and gives it its name. Believes the authorities that this machine believes, since packages may
    come through one of them.
    """
    root = place / "base"
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", RELEASE, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"debootstrap failed:\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}"
    for unread in UNREAD:
        shutil.rmtree(root / unread, ignore_errors=True)
    shutil.copyfile(Path("/") / CERTIFICATES, root / CERTIFICATES)
    archive = place / "base.tar"
    subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True)
    shutil.rmtree(root)
    engine.docker("import", str(archive), name())
    archive.unlink()
