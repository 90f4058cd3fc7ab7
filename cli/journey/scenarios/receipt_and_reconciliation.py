"""A receipt and a statement: one order is paid as usual and gets its e-receipt, of another the platform's notification
is lost; the operator reconciles the day, and orders, bill and receipts are accounted for (PA-9, PA-10).
"""

import base64
from datetime import datetime

from chassis.clock import SHANGHAI
from cli.journey.clients.http_client import Deviation, Json, eventually
from cli.journey.steps import candidate_steps, candidate_stories
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.participants import Participants

RECEIPT_SECONDS = 120.0
STATEMENT_SECONDS = 90.0
PROVIDER = "sandbox"
SIGNATURE_BYTES = 64


async def play(cast: Participants) -> None:
    """The receipt, then the statement."""
    stage = cast.stage
    candidate, registration = await candidate_stories.able_to_select(stage, cast.newcomer())
    await candidate_steps.select(candidate, registration["registrationId"], stage.session_id, stage.choices.first[0])
    order = await candidate_stories.check_out_and_pay(stage, candidate, append_refused=False)
    await _receipt(cast, candidate, order["orderId"])
    await candidate_steps.select(candidate, registration["registrationId"], stage.session_id, stage.choices.first[1])
    await _statement(cast, candidate)


async def _receipt(cast: Participants, candidate: Candidate, order_id: str) -> None:
    stage = cast.stage
    asked = await _receipt_in(candidate, order_id, "REQUESTED")
    stage.tell(f"The portal is asked for the e-receipt; it is available from {asked['availableDate']} (PA-9).")
    await stage.outside.issue_receipt(order_id)
    issued = await _receipt_in(candidate, order_id, "ISSUED")
    if not (issued["code"] and issued["number"] and issued["url"]):
        raise Deviation(f"read the receipt: expected code, number and link, got {issued}")
    stage.tell(
        f"The portal is early: code {issued['code']}, number {issued['number']}, to be seen at {issued['url']} (PA-9)."
    )


async def _receipt_in(candidate: Candidate, order_id: str, state: str) -> Json:
    path = f"/v1/orders/{order_id}/receipt"
    return await candidate.caller.read_until(
        f"receipt becomes {state}", "read the receipt", path, lambda seen: seen["state"] == state, RECEIPT_SECONDS
    )


async def _statement(cast: Participants, candidate: Candidate) -> None:
    stage = cast.stage
    checkout = await candidate_steps.check_out(candidate, stage.session_id)
    order = await candidate_steps.ask_for_qr(candidate, checkout)
    await stage.outside.lose_notification(order)
    await stage.outside.scan_and_pay(order)
    stage.tell("A second order is paid, and its notification is lost.")
    day = await _paid_day(cast, order)
    path = f"/v1/statements/{PROVIDER}/{day}"
    statement = await _reconciled(cast, candidate, path)
    await candidate_steps.becomes_effective(candidate, stage.session_id, checkout["orderId"])
    stage.tell(
        f"The operator reconciles {day}: {statement['billLineCount']} lines on the bill, "
        f"{statement['orderCount']} orders, {statement['receiptCount']} receipts issued, "
        f"{statement['awaitedReceiptCount']} to come; {statement['healedCount']} of {statement['differenceCount']} "
        "differences healed (PA-10)."
    )
    await _accounted_for(cast, path, order)
    again = await _reconciled(cast, candidate, path)
    if int(again["healedCount"]) < int(statement["healedCount"]):
        raise Deviation("reconcile again: expected what was healed to stay so")
    stage.tell("Reconciling it again takes nothing back (PA-10).")


async def _paid_day(cast: Participants, order: Json) -> str:
    """The day on whose bill the payment is, by the platform's clock."""
    found = await cast.stage.outside.sandbox.get(
        "look at the platform", "/orders", out_trade_no=order["attempt"]["outTradeNo"]
    )
    return datetime.fromisoformat(found["orders"][0]["paid_time"]).astimezone(SHANGHAI).date().isoformat()


async def _reconciled(cast: Participants, candidate: Candidate, path: str) -> Json:
    await cast.operator.send("POST", f"{path}:reconcile", {})
    return await eventually(
        "draw up the statement",
        candidate.caller.meter,
        lambda: cast.operator.get(path),
        lambda seen: seen["state"] != "RUNNING",
        STATEMENT_SECONDS,
    )


async def _accounted_for(cast: Participants, path: str, order: Json) -> None:
    """The order that went unheard is on no list of what is open, and the statement is signed."""
    document = await cast.operator.get(f"{path}:download", form="JSON")
    open_ones = [one["out_trade_no"] for one in document["statement"]["differences"] if not one["healed"]]
    if order["attempt"]["outTradeNo"] in open_ones:
        raise Deviation("read the statement: expected the unheard payment to be healed")
    if len(base64.b64decode(document["signature"])) != SIGNATURE_BYTES:
        raise Deviation("read the statement: expected an Ed25519 signature")
    cast.stage.tell(f"The statement is signed with {document['keyId']} (PA-10).")
