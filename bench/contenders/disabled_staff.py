"""How long a token of a disabled member of staff still works elsewhere (F-32): from the answer to `:disable`, which
identity gives, to the first refusal by payment.
"""

import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from bench.measurement.interleaving import Go, Plan
from bench.measurement.load_generator import NoAnswer
from bench.measurement.medians_and_ratios import Outcome
from bench.suites.measured_suite import MeasuredSuite
from cli.staff.api_client import Api

STAFF: Final = 20
INITIAL, CHOSEN = "Chosen-first-1", "Chosen-next-22"
READ: Final = "/v1/payment-exceptions"
LONGEST_SECONDS: Final = 30.0


@dataclass(slots=True)
class DisabledStaff:
    """An operator who disables others, one after the other; the latency is that of the refusal elsewhere."""

    title: str
    account: Mapping[str, str]
    suite: MeasuredSuite
    unit: str = "accounts"

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.suite.processes()

    async def prepare(self, plan: Plan) -> None:
        """Nothing: the accounts are made before each turn."""

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises NoAnswer when a token goes on working."""
        async with httpx.AsyncClient(trust_env=False, timeout=LONGEST_SECONDS) as http:
            url, account = self.suite.gateway_url, self.account
            operator = await Api.log_in(http, url, account["loginName"], account["password"])
            leaving = [await _new_operator(operator) for _ in range(STAFF)]

            async def go() -> Outcome:
                started = time.perf_counter()
                delays = [await _delay(operator, staff_id, token) for staff_id, token in leaving]
                return Outcome(len(delays), time.perf_counter() - started, delays)

            yield go


async def _new_operator(operator: Api) -> tuple[str, str]:
    """Another operator's id and token, with a password of their own."""
    name = f"leaves-{uuid.uuid4().hex[:12]}"
    staff = {"loginName": name, "displayName": "王五", "kind": "OPERATOR", "organisation": "AUTHORITY"}
    made = await operator.send("POST", "/v1/staff", {"staff": staff, "initialPassword": INITIAL})
    first = await Api.log_in(operator.http, operator.base_url, name, INITIAL)
    changed = {"oldPassword": INITIAL, "newPassword": CHOSEN}
    tokens = await first.send("POST", "/v1/staff/me:changePassword", changed)
    return str(made["staffId"]), str(tokens["accessToken"])


async def _delay(operator: Api, staff_id: str, token: str) -> float:
    """Seconds from the answer that the account is disabled to the first refusal of its token by payment."""
    headers, url = {"authorization": f"Bearer {token}"}, operator.base_url + READ
    if (before := await operator.http.get(url, headers=headers)).status_code != httpx.codes.OK:
        raise NoAnswer(f"{READ} answered {before.status_code} before the account was disabled")
    await operator.send("POST", f"/v1/staff/{staff_id}:disable", {"reason": "measured"})
    disabled = time.perf_counter()
    while (elapsed := time.perf_counter() - disabled) < LONGEST_SECONDS:
        answer = await operator.http.get(url, headers=headers)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return time.perf_counter() - disabled
    raise NoAnswer(f"a disabled account's token still worked after {elapsed:.0f} s")
