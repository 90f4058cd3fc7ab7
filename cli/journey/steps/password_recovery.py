"""Recovering a forgotten password, step by step (ID-4)."""

from cli.journey.clients.http_client import Caller, Json, expect
from cli.journey.clients.sandbox_client import SandboxClient


async def ask(visitor: Caller, login_name: str, channel: str) -> Json:
    """Asks for a code; the answer is the same for everybody."""
    body = {"loginName": login_name, "channel": channel}
    recovery = await visitor.send("ask for a recovery", "POST", "/v1/password-recoveries", body)
    expect("ask for a recovery", ["expireTime", "passwordRecoveryId"], sorted(recovery))
    return recovery


async def recover(
    visitor: Caller, outside: SandboxClient, login_name: str, channel: str, address: str, new: str
) -> str:
    """The whole way to the new password by a code to `address`; returns the code, used up."""
    seen = await outside.received(address)
    recovery = await ask(visitor, login_name, channel)
    code = await outside.next_code(address, seen)
    path = _path(recovery)
    wrong = {"code": f"{(int(code) + 1) % 10**6:06d}", "newPassword": new}
    await visitor.refused("complete with a wrong code", "POST", path, wrong, "CODE_INVALID")
    right = {"code": code, "newPassword": new}
    await visitor.send("complete the recovery", "POST", path, right)
    await visitor.refused("complete it again", "POST", path, right, "CODE_INVALID")
    return code


async def refused_for_nobody(visitor: Caller, login_name: str, channel: str) -> None:
    """Somebody without an account is answered like everybody else, and no code works."""
    recovery = await ask(visitor, login_name, channel)
    body = {"code": "000000", "newPassword": "Nobody-1"}
    await visitor.refused("complete for nobody", "POST", _path(recovery), body, "CODE_INVALID")


def _path(recovery: Json) -> str:
    return f"/v1/password-recoveries/{recovery['passwordRecoveryId']}:complete"
