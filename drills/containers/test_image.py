"""The image: what is in it, and what is not (OP-6)."""

import json
from typing import Any

import pytest

from drills.containers.engine import CommandFailed, Engine


@pytest.fixture(scope="module")
def facts(docker: Engine, image: str) -> dict[str, Any]:
    [found] = json.loads(docker.docker("image", "inspect", image))
    return dict(found)


def run(docker: Engine, image: str, program: str, *arguments: str) -> str:
    return docker.docker("run", "--rm", "--network=none", "--read-only", "--entrypoint", program, image, *arguments)


def test_it_says_what_it_is_and_what_it_can_do(docker: Engine, image: str, facts: dict[str, Any]) -> None:  # OP-6
    assert facts["Config"]["Labels"]["org.opencontainers.image.title"] == "Zikao"
    assert "serve" in docker.docker("run", "--rm", "--network=none", "--read-only", image)


def test_nobody_in_it_is_root(docker: Engine, image: str, facts: dict[str, Any]) -> None:  # OP-6
    assert facts["Config"]["User"] == "10001:10001"
    assert run(docker, image, "id", "-u").strip() == "10001"


@pytest.mark.parametrize("tool", ["pip", "gcc", "protoc", "git"])
def test_what_builds_it_stays_behind(docker: Engine, image: str, tool: str) -> None:  # OP-6
    with pytest.raises(CommandFailed):
        run(docker, image, "sh", "-c", f"command -v {tool}")


def test_its_environment_has_the_locked_packages_and_no_installer(docker: Engine, image: str) -> None:  # OP-6
    listed = "import importlib.metadata as m; print(*sorted({one.name.lower() for one in m.distributions()}))"
    packages = run(docker, image, "python", "-c", listed).split()
    assert "grpcio" in packages
    assert not {"pip", "setuptools", "pytest", "grpcio-tools"} & set(packages)


def test_every_module_in_it_is_compiled_so_that_a_start_compiles_nothing(docker: Engine, image: str) -> None:  # OP-6
    found = run(docker, image, "find", "/srv/zikao", "-name", "*.py*").split()
    sources = [name for name in found if name.endswith(".py")]
    assert len([name for name in found if name.endswith(".pyc")]) == len(sources) > 100
