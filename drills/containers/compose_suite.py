"""The suite as deploy/compose.yaml describes it, on an engine of ours, and what is done with it from outside."""

import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from drills.containers.engine import Engine

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / "deploy" / "compose.yaml"
COMPOSE: Final[Mapping[str, Any]] = yaml.safe_load(FILE.read_text())
PROCESSES: Final = tuple(name for name, one in COMPOSE["services"].items() if "serve" in one.get("command", []))
START_SECONDS: Final = 300
KEYS: Final = ("FIELD_KEY", "INDEX_KEY", "REVIEW_FIELD_KEY", "PAYMENT_FIELD_KEY", "FORM_KEY")
PASSWORDS: Final = (
    "POSTGRES_PASSWORD",
    "IDENTITY_ROLE_PASSWORD",
    "ENROLLMENT_ROLE_PASSWORD",
    "PAYMENT_ROLE_PASSWORD",
    "REVIEW_ROLE_PASSWORD",
)


def told() -> dict[str, str]:
    """What an operator writes into deploy/.env, with ports that are free."""
    return {
        **{name: secrets.token_hex(32) for name in KEYS},
        **{name: secrets.token_hex(12) for name in PASSWORDS},
        "OPERATOR_PASSWORD": secrets.token_hex(8),
        "PUBLIC_ORIGIN": "https://register.example",
        "REGISTRATIONS_PER_SOURCE": "10000",  # all journeys come from one address
        "GATEWAY_PORT": str(_free_port()),
        "SANDBOX_PORT": str(_free_port()),
    }


@dataclass(frozen=True, slots=True)
class ComposeSuite:
    """A project of Compose."""

    engine: Engine
    project: str
    told: Mapping[str, str]

    def compose(self, *arguments: str) -> str:
        """What Compose says, told what is in deploy/.env."""
        return self.engine.compose(FILE, self.project, *arguments, **self.told)

    def up(self, *services: str) -> None:
        """Starts these services, or all, and what they need; returns when every one is healthy."""
        self.compose("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(START_SECONDS), *services)

    def seed(self) -> str:
        """Seeds the demonstration; what the command showed."""
        return self.compose("run", "--rm", "seed")

    def play(self, count: int) -> str:
        """Plays journeys from this machine against the published ports; what the command said. Raises AssertionError
        where one is not as the rules say.
        """
        addresses = [f"http://127.0.0.1:{self.told[port]}" for port in ("GATEWAY_PORT", "SANDBOX_PORT")]
        target = ["--base-url", addresses[0], "--sandbox-url", addresses[1]]
        command = [sys.executable, "-m", "cli.main", "journey", *target, "--count", str(count), "--concurrency", "8"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
        return done.stdout

    def environment(self, process: str) -> Mapping[str, str]:
        """What Compose tells a process, with what is in deploy/.env put in."""
        resolved = yaml.safe_load(self.compose("config", "--format", "json"))
        return dict(resolved["services"][process]["environment"])

    def container_of(self, service: str) -> Mapping[str, Any]:
        """What the engine knows of a service's container, running or not."""
        [name] = self.compose("ps", "--all", "--quiet", service).split()
        [found] = yaml.safe_load(self.engine.docker("inspect", name))
        return dict(found)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
