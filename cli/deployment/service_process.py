"""`zikao serve NAME`: one process of the suite, as a container or the supervisor runs it."""

import asyncio
import gc
import importlib
import os
from typing import Any

from pydantic import ValidationError

from cli.terminal.known_failures import KnownFailure

MODULES = {
    "identity": "services.identity.main",
    "enrollment": "services.enrollment.main",
    "payment": "services.payment.main",
    "review": "services.review.main",
    "gateway": "gateway.main",
    "sandbox": "sandbox.main",
}
"""The explicit table of processes and the module whose `serve(config)` each one runs."""

SEALING = {"identity": "people, phones, proofs", "review": "cases and materials"}
"""The services that seal fields and images under keys which can be exchanged, and what each seals."""

PARENT_CHECK_SECONDS = 1.0


class Misconfigured(KnownFailure):
    """A process cannot start as it is configured. The text names the variables."""


def run(name: str) -> None:
    """Serves until told to stop by SIGTERM or SIGINT. Raises Misconfigured and PortTaken.

    Only the named module is imported, so that a process holds only its own code.
    """
    import uvloop

    module, config = configured(name)
    # What is loaded by now stays for good: left out of collections, it no longer makes the full ones slow.
    gc.collect()
    gc.freeze()
    uvloop.run(_serve(module.serve(config)))


def configured(name: str) -> tuple[Any, Any]:
    """The module of a process and its configuration, from ZIKAO_ variables. Raises Misconfigured."""
    module = importlib.import_module(MODULES[name])
    try:
        return module, module.Config()
    except ValidationError as error:
        raise Misconfigured(f"{name} cannot start: {_wrong_variables(error)}.") from None


def _wrong_variables(error: ValidationError) -> str:
    """The variables that are wrong and why, without their values: some are secrets."""
    return "; ".join(
        f"ZIKAO_{'__'.join(map(str, wrong['loc'])).upper()}: {wrong['msg'].lower()}"
        for wrong in error.errors(include_input=False, include_context=False)
    )


async def _serve(serving: "asyncio.Future[None]") -> None:
    work = asyncio.ensure_future(serving)
    supervisor = os.environ.get("ZIKAO_SUPERVISOR_PID")
    if supervisor is not None:
        watcher = asyncio.create_task(_end_with(int(supervisor), work))
        work.add_done_callback(lambda _: watcher.cancel())
    try:
        await work
    except asyncio.CancelledError:
        return


async def _end_with(supervisor: int, work: "asyncio.Future[None]") -> None:
    """Stops the work when the supervisor is gone: a killed `zikao up` leaves no process holding its ports."""
    while os.getppid() == supervisor:  # noqa: ASYNC110 (no event tells of a parent's death)
        await asyncio.sleep(PARENT_CHECK_SECONDS)
    work.cancel()
