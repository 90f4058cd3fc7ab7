"""Which suite a journey is played against."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from rich.console import Console

from cli.suite.home import Home
from cli.suite.local_suite import Suite
from cli.suite.process_table import Ports, ports_from, usual_ports
from cli.suite.supervisor import answers

CALL_SECONDS = 20.0
OWN_SUITE_PORTS = 17_400


@dataclass(frozen=True, slots=True)
class TargetSuite:
    """Which suite the journey is played against: the one at `base_url`, else the one at home on its usual ports, else
    one of our own.
    """

    home: Home
    base_url: str | None
    sandbox_url: str | None
    replicas: int = 1
    """Of each process of a suite of our own; from two on there is a Redis, as with `zikao up`."""


@asynccontextmanager
async def suite_at(target: TargetSuite, console: Console) -> AsyncIterator[tuple[str, str]]:
    """The addresses of the target's gateway and sandbox, for the length of a block."""
    usual = usual_ports()
    if target.base_url is not None:
        yield target.base_url.rstrip("/"), (target.sandbox_url or _url(usual, "sandbox")).rstrip("/")
        return
    async with httpx.AsyncClient(timeout=2.0) as http:
        runs = await answers(http, usual.of("gateway").ready_url)
    if runs:
        yield _url(usual, "gateway"), _url(usual, "sandbox")
        return
    console.print("No suite is running here; starting one for this journey.")
    own = ports_from(OWN_SUITE_PORTS, target.replicas)
    async with Suite(target.home, own, console).running():
        yield _url(own, "gateway"), _url(own, "sandbox")


def _url(ports: Ports, name: str) -> str:
    return f"http://127.0.0.1:{ports.of(name).port}"
