"""Orders and money by the minute, for the day on one page (OP-4)."""

from datetime import timedelta

from zikao.common.v1 import activity_pb2
from zikao.payment.v1.activity_service_pb2_grpc import ActivityServiceStub

from chassis.activity.refusal_counts import Kind


async def per_minute(payment):
    """What an operator hears, by kind, of the last hour."""
    request = activity_pb2.GetActivityRequest(minutes=60)
    answer = await ActivityServiceStub(payment.peer).GetActivity(request, metadata=payment.as_operator())
    return {Kind.Name(one.kind): list(one.per_minute) for one in answer.counts}


async def test_orders_and_their_money_are_told_by_the_minute(payment):  # OP-4
    order = await payment.paid_in_silence()
    await payment.refresh(order)
    payment.clock.advance(timedelta(minutes=2))
    told = await per_minute(payment)
    assert (sum(told["ORDERS"]), sum(told["PAYMENTS"]), sum(told["PAID_FEN"])) == (1, 1, order.total_fen)
    assert told["ORDERS"][-1] == 0
    assert {"FAILED", "REFUSED_BY_RULE"} <= told.keys()
