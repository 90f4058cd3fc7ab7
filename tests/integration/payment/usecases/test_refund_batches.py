"""A session is cancelled (PA-12): its refunds are queued by the thousand, stop and go on, and nobody is paid twice."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import resources_pb2 as res
from zikao.payment.v1 import settlement_service_pb2 as settlement

from chassis.audit_log.notes import Actor, AuditAction
from chassis.errors import RemoteRefusal
from chassis.ids import new_id
from services.payment import main
from services.payment.usecases.refund_batches import queue_refunds
from tests.integration.payment.running_payment import carry_out_refunds
from tests.integration.payment.usecases.test_refunds import asked, create
from tests.support.audit_notes import audit_notes

MANY = 3_000
MANY_PAID = """
WITH made AS (
  INSERT INTO orders (order_id, candidate_id, session_id, total_fen, state, undertaking_version, fingerprint,
                      create_time, open_until, payment_cutoff_time, due_time)
  SELECT gen_random_uuid(), gen_random_uuid(), $1, 7000, 'CREATED', '3', '\\x00', $2, $2, $2, $2
  FROM generate_series(1, $3) RETURNING order_id, candidate_id),
items AS (
  INSERT INTO order_items (order_id, item_id, position, candidate_id, session_id, registration_id, course_code,
                           course_name, fee_fen, paid)
  SELECT order_id, gen_random_uuid(), 1, candidate_id, $1, candidate_id, '00538', 'x', 7000, true FROM made)
INSERT INTO attempts (order_id, number, provider, out_trade_no, state, create_time, expire_time)
SELECT order_id, 1, 'sandbox', order_id::text, 'PREPARED', $2, $2 FROM made
"""
PAY_MANY = (
    "UPDATE attempts a SET state = 'PAID', purpose = 'FEE', paid_time = a.create_time, paid_fen = 7000, "
    "platform_trade_no = 'P' || a.order_id FROM orders o WHERE o.order_id = a.order_id AND o.session_id = $1",
    "UPDATE orders SET state = 'PAID', paid_time = create_time, due_time = NULL WHERE session_id = $1",
)


async def paid(payment, session_id, **how):
    order = await payment.awaiting(payment.request(session_id=session_id, **how))
    await payment.platform.pay(order.attempt.out_trade_no)
    return await payment.until_state(order, "PAID")


async def start(payment, session_id):
    request = settlement.CreateRefundBatchRequest(session_id=session_id, note="考试取消")
    return await payment.settlement.CreateRefundBatch(request, metadata=payment.as_operator())


async def read(payment, batch):
    request = settlement.GetRefundBatchRequest(refund_batch_id=batch.refund_batch_id)
    return await payment.settlement.GetRefundBatch(request, metadata=payment.as_operator())


async def listed(payment, batch, **which):
    request = settlement.ListBatchRefundsRequest(refund_batch_id=batch.refund_batch_id, **which)
    return await payment.settlement.ListBatchRefunds(request, metadata=payment.as_operator())


async def work(payment, service=None):
    await carry_out_refunds(service or payment.service)


async def test_every_paid_order_of_the_session_goes_back_and_no_other(payment):  # PA-12
    orders = [await paid(payment, "2031-04", items=2) for _ in range(3)]
    unpaid = await payment.awaiting(payment.request(session_id="2031-04"))
    elsewhere = await paid(payment, "2031-10")
    batch = await start(payment, "2031-04")
    assert (batch.state, batch.total_count, batch.total_fen) == (res.RefundBatch.RUNNING, 3, 42000)
    assert (await start(payment, "2031-04")).refund_batch_id == batch.refund_batch_id
    await work(payment)
    done = await read(payment, batch)
    assert (done.state, done.succeeded_count, done.succeeded_fen) == (res.RefundBatch.COMPLETED, 3, 42000)
    assert done.HasField("complete_time")
    assert {await payment.state(order) for order in orders} == {"REFUNDED"}
    assert await payment.state(unpaid) == "AWAITING_PAYMENT"
    assert await payment.state(elsewhere) == "PAID"


async def test_what_went_back_before_does_not_go_back_again(payment):  # PA-12
    order = await paid(payment, "2032-04", items=2)
    await create(payment, asked(order, [order.items[0].item_id]))
    batch = await start(payment, "2032-04")
    assert (batch.total_count, batch.total_fen) == (1, 7000)
    await work(payment)
    assert (await read(payment, batch)).succeeded_fen == 7000
    assert (await payment.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 14000
    assert await payment.state(order) == "REFUNDED"


async def test_a_paused_batch_rests_and_goes_on(payment):  # PA-12
    orders = [await paid(payment, "2033-04") for _ in range(3)]
    batch = await start(payment, "2033-04")
    await queue_refunds(payment.deps)
    pause = settlement.PauseRefundBatchRequest(refund_batch_id=batch.refund_batch_id, etag=batch.etag)
    paused = await payment.settlement.PauseRefundBatch(pause, metadata=payment.as_operator())
    assert paused.state == res.RefundBatch.PAUSED
    await work(payment)
    assert (await read(payment, batch)).succeeded_count == 0
    with pytest.raises(RemoteRefusal) as refused:
        await payment.settlement.PauseRefundBatch(pause, metadata=payment.as_operator())
    assert refused.value.reason == "STALE_ETAG"
    resume = settlement.ResumeRefundBatchRequest(refund_batch_id=batch.refund_batch_id, etag=paused.etag)
    assert (await payment.settlement.ResumeRefundBatch(resume, metadata=payment.as_operator())).state == batch.state
    await work(payment)
    assert (await read(payment, batch)).state == res.RefundBatch.COMPLETED
    assert {await payment.state(order) for order in orders} == {"REFUNDED"}


async def test_refused_refunds_are_listed_first_and_made_again(payment):  # PA-12
    orders = [await paid(payment, "2034-04") for _ in range(3)]
    closed = orders[1]
    await payment.platform.fault(closed.attempt.out_trade_no, "refund", "ROUTE_CLOSED")
    batch = await start(payment, "2034-04")
    await work(payment)
    done = await read(payment, batch)
    assert (done.state, done.succeeded_count, done.failed_count) == (res.RefundBatch.COMPLETED, 2, 1)
    first = await listed(payment, batch, page_size=2)
    assert first.refunds[0].order_id == closed.order_id
    rest = await listed(payment, batch, page_size=2, page_token=first.next_page_token)
    assert {one.order_id for one in [*first.refunds, *rest.refunds]} == {order.order_id for order in orders}
    assert [one.order_id for one in (await listed(payment, batch, state=res.Refund.FAILED)).refunds] == [
        closed.order_id
    ]
    await payment.platform.clear_faults()
    resume = settlement.ResumeRefundBatchRequest(refund_batch_id=batch.refund_batch_id)
    await payment.settlement.ResumeRefundBatch(resume, metadata=payment.as_operator())
    await work(payment)
    assert (await read(payment, batch)).succeeded_count == 3


async def test_killed_at_any_moment_it_goes_on_and_nobody_is_paid_twice(payment):  # PA-12, F-13
    orders = [await paid(payment, "2035-04") for _ in range(12)]
    batch = await start(payment, "2035-04")
    for milliseconds in (5, 10, 15, 20, 30, 40, 60, 80):
        async with main.payment(payment.config, payment.clock) as worker:
            working = asyncio.create_task(carry_out_refunds(worker))
            await asyncio.wait([working], timeout=milliseconds / 1000)
            working.cancel()
            await asyncio.wait([working])
        payment.clock.advance(timedelta(seconds=61))
    await work(payment)
    assert (await read(payment, batch)).succeeded_count == len(orders)
    for order in orders:
        assert (await payment.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 7000
        assert len(await payment.refunds(order)) == 1
        assert await payment.state(order) == "REFUNDED"


async def test_two_replicas_share_the_work(payment):  # PA-12
    orders = [await paid(payment, "2036-04") for _ in range(8)]
    batch = await start(payment, "2036-04")
    async with main.payment(payment.config, payment.clock) as other:
        await asyncio.gather(work(payment), work(payment, other))
        await work(payment)
    assert (await read(payment, batch)).succeeded_count == len(orders)
    for order in orders:
        assert (await payment.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 7000


async def test_thousands_are_queued_by_several_at_once_and_a_course_of_each_once(payment, db):  # PA-12
    now = payment.clock.now()
    await db.driver.execute(MANY_PAID, "2037-04", now, MANY)
    for statement in PAY_MANY:
        await db.driver.execute(statement, "2037-04")
    batch = await start(payment, "2037-04")
    assert batch.total_count == MANY
    await asyncio.gather(*(queue_refunds(payment.deps) for _ in range(3)))
    while await queue_refunds(payment.deps):
        pass
    queued = await db.driver.fetchrow(
        "SELECT count(*) AS refunds, count(DISTINCT order_id) AS orders, sum(amount_fen) AS fen FROM refunds "
        "WHERE refund_batch_id = $1",
        batch.refund_batch_id,
    )
    assert tuple(queued) == (MANY, MANY, MANY * 7000)
    await db.driver.execute("UPDATE refunds SET due_time = NULL WHERE refund_batch_id = $1", batch.refund_batch_id)


async def test_a_batch_is_operators_and_services_business(payment):  # PA-12
    request = settlement.CreateRefundBatchRequest(session_id="2038-04", note="x")
    assert (await payment.settlement.CreateRefundBatch(request, metadata=payment.as_enrollment())).total_count == 0
    with pytest.raises(RemoteRefusal) as refused:
        await payment.settlement.CreateRefundBatch(request, metadata=payment.as_candidate(new_id()))
    assert refused.value.reason == "ACCESS_DENIED"
    with pytest.raises(RemoteRefusal) as unknown:
        await read(payment, res.RefundBatch(refund_batch_id=new_id()))
    assert unknown.value.reason == "NOT_FOUND"


async def test_a_batch_is_one_entry_and_so_is_each_stop_and_start(payment, db) -> None:  # RE-11
    session_id = "2039-10"
    await paid(payment, session_id)
    batch = await start(payment, session_id)
    await start(payment, session_id)
    pause = settlement.PauseRefundBatchRequest(refund_batch_id=batch.refund_batch_id)
    await payment.settlement.PauseRefundBatch(pause, metadata=payment.as_operator())
    await payment.settlement.PauseRefundBatch(pause, metadata=payment.as_operator())
    (created,) = await audit_notes(db, object_id=session_id)
    assert (created.action, created.reason) == (AuditAction.REFUND_BATCH_CREATED, "考试取消")
    assert created.actor == Actor("operator-1", "OPERATOR")
    (paused,) = await audit_notes(db, object_id=batch.refund_batch_id)
    assert paused.action is AuditAction.REFUND_BATCH_PAUSED


async def test_a_refund_that_an_operator_asks_for_is_noted_and_one_that_a_service_does_is_not(payment, db) -> None:
    # RE-11: what staff do, and on whom
    order = await paid(payment, "2031-10")
    request = asked(order)
    request.note = "来电申请"
    await payment.stub.CreateRefund(request, metadata=payment.as_operator())
    (noted,) = await audit_notes(db, candidate_id=order.candidate_id)
    assert (noted.action, noted.object_id) == (AuditAction.REFUND_CREATED, order.order_id)
    other = await paid(payment, "2032-04")
    await create(payment, asked(other))
    assert await audit_notes(db, candidate_id=other.candidate_id) == []
