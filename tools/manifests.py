"""`make manifests`: the Kubernetes objects that deploy/k8s/base describes, into deploy/k8s/rendered.yaml.

kubectl renders them and comes with no Python package, so what it made is kept here: tests validate it on a machine
without kubectl, and people without Kustomize can apply it. Its first line names the base that it was made of.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASE = ROOT / "deploy" / "k8s" / "base"
RENDERED = BASE.parent / "rendered.yaml"


def main() -> None:
    """Renders the base; ends the program with kubectl's own words when it is wrong."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        sys.exit("kubectl is needed to render the manifests; install it and run `make manifests` again.")
    done = subprocess.run([kubectl, "kustomize", str(BASE)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"deploy/k8s/base cannot be rendered:\n{done.stderr}")
    RENDERED.write_text(header() + done.stdout)


def header() -> str:
    """The first line of what is rendered from the base as it is."""
    digest = hashlib.sha256()
    for file in sorted(BASE.rglob("*.yaml")):
        digest.update(file.relative_to(BASE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return f"# Written by `make manifests` from deploy/k8s/base ({digest.hexdigest()[:16]}).\n"


if __name__ == "__main__":
    main()
