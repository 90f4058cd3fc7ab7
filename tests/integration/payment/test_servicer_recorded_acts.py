"""What each RPC by which staff change something, or look at a person, leaves in payment's audit log: one entry, with
who, on whom and why (RE-11, ID-19). Which RPCs these are is read off the contracts.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from zikao.payment.v1 import resources_pb2 as res

from chassis.clock import SHANGHAI
from chassis.ids import new_id
from chassis.postgres.database import Database
from tests.integration.payment.running_payment import RunningPayment
from tests.integration.payment.usecases.test_late_money import late
from tests.integration.payment.usecases.test_operator_queue import raised
from tests.support.staff_acts import Act, StaffMember, answer_and_note, check_note, recorded_rpcs

RPCS: Final = recorded_rpcs("payment")
SESSIONS: Final = iter(f"{year}-04" for year in range(2050, 2100))
"""Of a test's own: a session has one batch."""

Ready = Callable[[RunningPayment], Awaitable[Act]]


def act(payment: RunningPayment, object_id: str, candidate_id: str = "", /, **values: Any) -> Act:
    """What the operator does."""
    return Act(StaffMember(payment.peer, RPCS, payment.as_operator(), "operator-1"), object_id, values, candidate_id)


def on(payment: RunningPayment, order: res.Order, **values: Any) -> Act:
    """What the operator does to an order."""
    return act(payment, order.order_id, order.candidate_id, order_id=order.order_id, **values)


async def listing(payment: RunningPayment) -> Act:
    order = await payment.create()
    return act(payment, order.candidate_id, order.candidate_id, candidate_id=order.candidate_id)


async def with_awaiting(payment: RunningPayment) -> Act:
    return on(payment, await payment.awaiting())


async def with_late_money(payment: RunningPayment) -> Act:
    return on(payment, await late(payment), decision="ATTACH")


async def paid(payment: RunningPayment) -> res.Order:
    order = await payment.awaiting()
    await payment.platform.pay(order.attempt.out_trade_no)
    return await payment.until_state(order, "PAID")


async def refunding(payment: RunningPayment) -> Act:
    return on(payment, await paid(payment), refund_id=new_id(), reason="OPERATOR_DECISION", note="来电申请")


async def giving_an_account(payment: RunningPayment) -> Act:
    account = {"holder_name": "李四", "account_number": "6222020000000000000", "bank_name": "工商银行"}
    return on(payment, await paid(payment), **account)


async def resolving(payment: RunningPayment) -> Act:
    _, entry = await raised(payment)
    about = {"exception_id": entry.exception_id, "note": "called the bank", "etag": entry.etag}
    return act(payment, entry.exception_id, **about)


async def reconciling(payment: RunningPayment) -> Act:
    day = (payment.clock.now().astimezone(SHANGHAI).date() - timedelta(days=30)).isoformat()
    return act(payment, f"sandbox {day}", provider="sandbox", date=day)


async def starting_a_batch(payment: RunningPayment) -> Act:
    session_id = next(SESSIONS)
    return act(payment, session_id, session_id=session_id, note="考试取消")


async def pausing_a_batch(payment: RunningPayment) -> Act:
    started = await starting_a_batch(payment)
    batch = await started.caller("CreateRefundBatch", **started.values)
    return act(payment, batch.refund_batch_id, refund_batch_id=batch.refund_batch_id)


async def resuming_a_batch(payment: RunningPayment) -> Act:
    pausing = await pausing_a_batch(payment)
    await pausing.caller("PauseRefundBatch", **pausing.values)
    return pausing


async def setting_days(payment: RunningPayment) -> Act:
    override = res.DayOverride(date="2031-10-01", working_day=False, note="国庆节")
    return act(payment, "", overrides=[override])


ACTS: Final[dict[str, Ready]] = {
    "ListOrders": listing,
    "RefreshOrder": with_awaiting,
    "CancelOrder": with_awaiting,
    "SettleLateMoney": with_late_money,
    "CreateRefund": refunding,
    "ResolveException": resolving,
    "ReconcileDay": reconciling,
    "CreateRefundBatch": starting_a_batch,
    "PauseRefundBatch": pausing_a_batch,
    "ResumeRefundBatch": resuming_a_batch,
    "SetRefundAccount": giving_an_account,
    "SetDayOverrides": setting_days,
}


@pytest.mark.parametrize("rpc", RPCS)
async def test_what_staff_do_leaves_one_entry_with_who_on_whom_and_why(  # RE-11, ID-19
    payment: RunningPayment, db: Database, rpc: str
) -> None:
    ready = await ACTS[rpc](payment)
    _, note = await answer_and_note(db, rpc, ready)
    check_note(note, RPCS[rpc], ready)
