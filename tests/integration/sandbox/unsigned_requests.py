"""Requests that need no merchant's signature: registers, messages and receipts, and the faults of each."""

import secrets

import httpx

A_DAY = 86_400.0


def new_number() -> str:
    return "3101" + secrets.token_hex(7)


def reason_of(answer: httpx.Response) -> str:
    return answer.json()["error"]["reason"]


async def fault(http: httpx.AsyncClient, scope: str, target: str, kind: str, **more: float) -> None:
    (await http.put(f"/faults/{scope}", json={"target": target, "kind": kind, **more})).raise_for_status()
