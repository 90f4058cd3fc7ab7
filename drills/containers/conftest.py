"""One engine, its images, and one suite on it for all tests of a run."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from drills.containers import base_image, compose_suite, server_images
from drills.containers.compose_suite import ComposeSuite
from drills.containers.engine import Engine, engine

ROOT = Path(__file__).parents[2]
IMAGE = "zikao"


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """Where the engine keeps its data: on the disk, since it takes some gigabytes, and gone afterwards. A folder that
    CONTAINERS_DIR names is kept, so that the next run builds only what changed.
    """
    if kept := os.environ.get("CONTAINERS_DIR"):
        yield Path(kept)
        return
    made = Path(tempfile.mkdtemp(prefix="zikao-containers-", dir="/var/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def docker(place: Path) -> Iterator[Engine]:
    """A running engine with nothing on it."""
    with engine(place) as running:
        yield running


@pytest.fixture(scope="session")
def image(docker: Engine, place: Path) -> str:
    """Our image, built as the documents say."""
    if not docker.succeeds("image", "inspect", base_image.name()):
        base_image.make(docker, place)
    dockerfile = str(ROOT / "deploy" / "Dockerfile")
    docker.docker("build", "--quiet", "--network=host", "--file", dockerfile, "--tag", IMAGE, str(ROOT))
    return IMAGE


@pytest.fixture(scope="session")
def suite(docker: Engine, image: str, place: Path) -> Iterator[ComposeSuite]:
    """The suite of deploy/compose.yaml, up and seeded."""
    server_images.make(docker, place)
    running = ComposeSuite(docker, f"drill{secrets.token_hex(4)}", compose_suite.told())
    try:
        running.up()
        running.seed()
        yield running
    finally:
        running.compose("--profile", "tools", "down", "--volumes")
