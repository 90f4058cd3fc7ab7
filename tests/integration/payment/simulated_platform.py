"""The payment platform as its users and its faults are: spoken to over HTTP only, as docs/sandbox.md describes it."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.postgres.migrations import ROOT
from tests.support.free_port import free_port
from tests.support.wait_until import PATIENCE_SECONDS

READY_SECONDS = PATIENCE_SECONDS


class Platform:
    """A person with a phone, and somebody who makes things go wrong."""

    def __init__(self, url: str, keys_dir: Path) -> None:
        self.url = url
        self.keys_dir = keys_dir
        self._http = httpx.AsyncClient(
            base_url=url, timeout=PATIENCE_SECONDS, trust_env=False, headers={"accept": "application/json"}
        )

    async def trade(self, out_trade_no: str) -> dict[str, Any] | None:
        """The trade as the platform has it, if it has."""
        answer = await self._http.get("/orders", params={"out_trade_no": out_trade_no})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["orders"]
        return found[0] if found else None

    async def pay(self, out_trade_no: str, **how: bool) -> httpx.Response:
        """Somebody scans the code and pays."""
        return await self._act(out_trade_no, "pay", **how)

    async def hold(self, out_trade_no: str) -> None:
        """Somebody pays and the bank takes its time."""
        (await self._act(out_trade_no, "hold")).raise_for_status()

    async def fault(self, scope: str, target: str, kind: str, *, seconds: float = 0, times: int | None = None) -> None:
        """Something goes wrong from now on, `times` times or until it is cleared."""
        fault = {"target": target, "kind": kind, "seconds": seconds} | ({"times": times} if times else {})
        (await self._http.put(f"/faults/{scope}", json=fault)).raise_for_status()

    async def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        (await self._http.delete("/faults")).raise_for_status()

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of a notification that the platform has signed."""
        return signed_by(self._key(), body)

    def _key(self) -> Ed25519PrivateKey:
        key = load_pem_private_key((self.keys_dir / "sandbox" / "platform.pem").read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        return key

    async def _act(self, out_trade_no: str, button: str, **how: bool) -> httpx.Response:
        trade = await self.trade(out_trade_no)
        assert trade is not None, f"the platform does not know {out_trade_no}"
        return await self._http.post(f"/scan/{trade['platform_trade_no']}/{button}", json=how or None)

    async def close(self) -> None:
        """Hangs up."""
        await self._http.aclose()


def signed_by(key: Ed25519PrivateKey, body: bytes) -> dict[str, str]:
    """The headers of a notification that `key` has signed."""
    timestamp = str(int(time.time()))
    signature = key.sign(f"{timestamp}.notification.".encode() + body)
    return {"x-sandbox-timestamp": timestamp, "x-sandbox-signature": base64.b64encode(signature).decode()}


def notification(trade: dict[str, Any], **changes: object) -> bytes:
    """The body of the notification that a paid trade causes."""
    names = ("merchant", "out_trade_no", "platform_trade_no", "amount_fen", "state", "paid_time")
    content = {name: trade[name] for name in names} | {"event_id": "2b7d4f0e-0000-4000-8000-000000000001"} | changes
    return json.dumps(content).encode()


@contextmanager
def sandbox_process(keys_dir: Path, data_dir: Path) -> Iterator[str]:
    """The sandbox as a process of its own: the one SANDBOX_URL names, or one that is gone afterwards."""
    if given := os.environ.get("SANDBOX_URL"):
        yield given
        return
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}",
        "ZIKAO_SERVER__PORT": str(port),
        "ZIKAO_SANDBOX_URL": url,
        "ZIKAO_KEYS_DIR": str(keys_dir),
        "ZIKAO_DATA_DIR": str(data_dir),
    }
    starting = "from cli.deployment.service_process import run; run('sandbox')"
    process = subprocess.Popen([sys.executable, "-c", starting], env=environment)
    try:
        _wait_until_ready(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "the sandbox has ended"
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise TimeoutError(f"the sandbox is not ready after {READY_SECONDS} s")
