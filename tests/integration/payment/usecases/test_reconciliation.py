"""Reconciling a day (PA-10): every difference found and classified, the healable healed, the rest raised, all of it in
a signed statement.
"""

import asyncio
import base64
import json
import tracemalloc
import uuid
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res
from zikao.payment.v1 import settlement_service_pb2 as settlement

from bench.seeding.platform_bills import BillingPlatform, PaidDay, seed
from chassis.clock import SHANGHAI, SystemClock
from chassis.errors import NotFound, RemoteRefusal
from chassis.ids import new_id
from services.payment.dependencies import Dependencies
from services.payment.domain.platform_messages import BillLine
from services.payment.domain.reconciliation import Day, StatementState
from services.payment.errors import BillNotReady, ProviderUnavailable
from services.payment.jobs.daily_reconciliation import daily_reconciliation
from services.payment.usecases.reconciliation import (
    get_statement,
    list_differences,
    list_due_days,
    reconcile_day,
)
from tests.integration.payment.invented_bills import PaperPlatform, billed_by, paid_line, true_bill
from tests.support.wait_until import PATIENCE_SECONDS

LINES = 20_000
LEASE = timedelta(minutes=2)
BOUND = 2_500_000
"""Bytes that reading and comparing may take beside the bill itself, which is 1.3 MB."""


@pytest.fixture
def today(payment) -> Day:
    return Day("sandbox", payment.clock.now().astimezone(SHANGHAI).date())


@pytest.fixture
async def paper(payment, db, today) -> PaperPlatform:
    """The platform, with a bill on which nothing is wrong yet."""
    return PaperPlatform(payment.deps.provider("sandbox"), await true_bill(db, today))


@pytest.fixture
async def deps(payment, db, paper) -> Dependencies:
    """What reconciles, on a day that nobody has reconciled and on which no money waits for a decision."""
    await db.driver.execute("UPDATE attempts SET purpose = 'SURPLUS' WHERE state = 'PAID' AND purpose = ''")
    await db.driver.execute("DELETE FROM statements")
    await db.driver.execute("DELETE FROM differences")
    return billed_by(payment.deps, paper)


async def a_paid_order(payment, paper) -> tuple[res.Order, BillLine]:
    """An order that is paid here and on the bill."""
    order = await payment.awaiting()
    await payment.platform.pay(order.attempt.out_trade_no)
    order = await payment.until_state(order, "PAID")
    let_the_platforms_time_pass(payment)
    line = await line_of(payment, order)
    paper.lines.append(line)
    return order, line


def let_the_platforms_time_pass(payment) -> None:
    """The platform has a clock of its own: whatever it says has happened lies in the past here too."""
    payment.clock.advance(max(SystemClock().now() - payment.clock.now(), timedelta()) + timedelta(seconds=1))


async def line_of(payment, order) -> BillLine:
    trade = await payment.platform.trade(order.attempt.out_trade_no)
    return paid_line(order.attempt.out_trade_no, trade["platform_trade_no"], order.total_fen, SystemClock().now())


async def an_unheard_payment(payment, paper) -> res.Order:
    """An order that is paid at the platform, and of which nothing was heard here."""
    order = await payment.awaiting()
    await payment.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
    await payment.platform.pay(order.attempt.out_trade_no)
    paper.lines.append(await line_of(payment, order))
    return order


async def found(deps, today) -> list[tuple[str, bool, int, int]]:
    return [
        (one.kind.value, one.healed, one.order_fen, one.bill_fen)
        for one in await list_differences(deps, today, None, 100)
    ]


async def test_a_day_on_which_everything_agrees_is_balanced(payment, paper, deps, today):
    orders = [await a_paid_order(payment, paper) for _ in range(3)]
    statement = await reconcile_day(deps, today)
    totals = statement.totals
    assert statement.state is StatementState.BALANCED
    assert totals.bill_paid_count == totals.order_count + totals.surplus_count >= len(orders)
    assert totals.bill_paid_fen == totals.order_paid_fen + totals.surplus_fen
    assert totals.order_paid_fen == totals.receipt_fen + totals.awaited_fen + totals.void_fen
    assert await found(deps, today) == []


async def test_a_payment_that_only_its_notification_missed_is_settled_by_asking(payment, paper, deps, today):  # F-1
    order = await an_unheard_payment(payment, paper)
    statement = await reconcile_day(deps, today)
    assert await payment.state(order) == "PAID"
    assert statement.state is StatementState.BALANCED
    assert await found(deps, today) == [("PAID_NOT_SETTLED", True, 7000, 7000)]
    assert ("QUERIED", "RECONCILIATION", "PAID") in await payment.timeline(order)


async def test_money_on_an_order_that_has_ended_is_given_to_the_rule_for_late_money(
    payment, paper, deps, today
):  # PA-6
    order = await payment.awaiting()
    await payment.cancel(order)
    await payment.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
    await payment.platform.pay(order.attempt.out_trade_no, even_if_closed=True)
    paper.lines.append(await line_of(payment, order))
    await reconcile_day(deps, today)
    assert ("MONEY_HELD", "RECONCILIATION") in [entry[:2] for entry in await payment.timeline(order)]


async def test_a_line_that_nobody_knows_is_raised_once(payment, paper, deps, today):
    stranger = f"stranger{uuid.uuid4().hex[:20]}"
    paper.lines.append(paid_line(stranger, "p-1", 500, SystemClock().now()))
    for _ in range(2):
        statement = await reconcile_day(deps, today)
    assert statement.state is StatementState.UNBALANCED
    assert await found(deps, today) == [("UNKNOWN_TRADE", False, 0, 500)]
    entry = await payment.deps.operator_queue.get_entry((await list_differences(deps, today, None, 1))[0].exception_id)
    assert (entry.out_trade_no, entry.occurrence_count) == (stranger, 1)
    paper.lines.pop()
    await reconcile_day(deps, today)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda line: [], ("NOT_ON_BILL", False, 7000, 0)),
        (lambda line: [line, line], ("AMOUNT_DIFFERS", False, 7000, 14000)),
        (
            lambda line: [paid_line(line.out_trade_no, line.platform_trade_no, 7001, line.time)],
            ("AMOUNT_DIFFERS", False, 7000, 7001),
        ),
        (
            lambda line: [line, BillLine(line.out_trade_no, "", "REFUND", 7000, line.time, str(uuid.uuid4()))],
            ("REFUND_DIFFERS", False, 0, 7000),
        ),
    ],
    ids=["lost line", "line twice", "other amount", "refund unknown here"],
)
async def test_what_does_not_agree_is_listed_raised_and_healed_when_it_agrees(
    payment, paper, deps, today, spoil, expected
):
    order, line = await a_paid_order(payment, paper)
    paper.lines[-1:] = spoil(line)
    assert (await reconcile_day(deps, today)).state is StatementState.UNBALANCED
    assert await found(deps, today) == [expected]
    difference = (await list_differences(deps, today, None, 1))[0]
    assert difference.action
    assert "BILL_DIFFERENCE" in await payment.exceptions(order) or expected[0] == "REFUND_DIFFERS"
    paper.lines = [*(one for one in paper.lines if one.out_trade_no != line.out_trade_no), line]
    assert (await reconcile_day(deps, today)).state is StatementState.BALANCED
    assert await found(deps, today) == [(expected[0], True, *expected[2:])]
    assert await payment.exceptions(order) == []
    entry = await payment.deps.operator_queue.get_entry(difference.exception_id)
    assert entry.resolved_by == "zikao"


async def test_refunds_here_and_on_the_bill_are_compared_by_their_number(payment, paper, deps, today, db):  # PA-12
    order, _ = await a_paid_order(payment, paper)
    request = pb.CreateRefundRequest(order_id=order.order_id, refund_id=new_id(), reason=res.Refund.OPERATOR_DECISION)
    await payment.stub.CreateRefund(request, metadata=payment.as_enrollment())
    await payment.carry_out_refunds()
    assert await payment.state(order) == "REFUNDED"
    payment.clock.advance(timedelta(seconds=1))
    await reconcile_day(deps, today)
    assert await found(deps, today) == [("REFUND_DIFFERS", False, 7000, 0)]
    paper.lines = await true_bill(db, today)
    statement = await reconcile_day(deps, today)
    assert statement.state is StatementState.BALANCED
    assert statement.totals.bill_refunded_fen == statement.totals.order_refunded_fen >= 7000
    assert statement.totals.void_fen >= 7000


async def test_a_receipt_that_is_overdue_is_a_difference(payment, paper, deps, today, db):  # PA-9
    order, _ = await a_paid_order(payment, paper)
    await db.driver.execute(
        "UPDATE receipts SET available_date = $2 WHERE order_id = $1", order.order_id, today.date - timedelta(days=1)
    )
    await reconcile_day(deps, today)
    assert await found(deps, today) == [("RECEIPT_MISSING", False, 7000, 0)]
    assert await payment.exceptions(order) == ["RECEIPT_OVERDUE"]
    await db.driver.execute("UPDATE receipts SET state = 'ISSUED' WHERE order_id = $1", order.order_id)
    assert (await reconcile_day(deps, today)).state is StatementState.BALANCED


async def test_running_it_twice_changes_nothing(payment, paper, deps, today, db):
    await a_paid_order(payment, paper)
    paper.lines.append(paid_line("nobody's", "p-2", 500, SystemClock().now()))
    await an_unheard_payment(payment, paper)
    first = await reconcile_day(deps, today)
    before = await everything(db)
    payment.clock.advance(timedelta(minutes=5))
    assert await reconcile_day(deps, today) == first
    assert await everything(db) == before
    assert (
        await db.driver.fetchval("SELECT count(DISTINCT run_id) FROM bill_lines WHERE out_trade_no = 'nobody''s'") == 1
    )


async def everything(db) -> list[list[object]]:
    """What reconciling may change; events are left out, since they leave while one looks."""
    return [
        [tuple(row) for row in await db.driver.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")]
        for table in ("orders", "attempts", "order_items", "receipts", "timeline_entries", "exceptions")
    ]


async def test_a_bill_that_breaks_off_changes_nothing_and_leaves_nothing(payment, paper, deps, today, db):
    await a_paid_order(payment, paper)
    order = await an_unheard_payment(payment, paper)
    paper.breaks_after = len(paper.lines) - 1
    lines = await db.driver.fetchval("SELECT count(*) FROM bill_lines")
    with pytest.raises(ProviderUnavailable):
        await reconcile_day(deps, today)
    with pytest.raises(NotFound):
        await get_statement(deps, today)
    assert await db.driver.fetchval("SELECT count(*) FROM bill_lines") == lines
    assert await payment.state(order) == "AWAITING_PAYMENT"
    paper.breaks_after = None
    assert (await reconcile_day(deps, today)).state is StatementState.BALANCED


async def test_a_day_that_has_not_begun_has_no_bill(deps, today):
    with pytest.raises(BillNotReady):
        await reconcile_day(deps, Day("sandbox", today.date + timedelta(days=1)))
    with pytest.raises(NotFound):
        await reconcile_day(deps, Day("no-such-platform", today.date))


async def test_two_operators_at_once_read_the_bill_once(paper, deps, today):
    paper.ready.clear()
    asked = [asyncio.create_task(reconcile_day(deps, today)) for _ in range(4)]
    while sum(one.done() for one in asked) < 3:
        await asyncio.sleep(0.01)
    paper.ready.set()
    states = [one.state for one in await asyncio.gather(*asked)]
    assert paper.read == 1
    assert sorted(states, key=lambda one: one.value) == [StatementState.BALANCED, *[StatementState.RUNNING] * 3]


async def test_a_run_that_died_is_taken_over_and_its_lines_are_forgotten(payment, paper, deps, today, db):
    dead = await deps.reconciliation.begin_run(today, now=payment.clock.now(), lease=LEASE)
    await deps.reconciliation.add_bill_lines(dead, 0, [paid_line("dead", "p-3", 1, SystemClock().now())])
    deps = billed_by(payment.deps, paper, hour=0, days=1, lease=LEASE)
    assert (await reconcile_day(deps, today)).state is StatementState.RUNNING
    payment.clock.advance(LEASE)
    await daily_reconciliation(deps).once()
    assert (await get_statement(deps, today)).state is StatementState.BALANCED
    assert await db.driver.fetchval("SELECT count(*) FROM bill_lines WHERE out_trade_no = 'dead'") == 0
    assert not await deps.reconciliation.keep_run(dead, read=1, now=payment.clock.now(), lease=LEASE)


async def test_every_morning_the_last_days_are_reconciled_once(payment, paper, deps, today):
    paper.lines = []
    local = payment.clock.now().astimezone(SHANGHAI)
    deps = billed_by(payment.deps, paper, hour=local.hour, days=3)
    assert len(await list_due_days(deps)) == 3
    await daily_reconciliation(deps).once()
    assert await list_due_days(deps) == []
    payment.clock.advance(timedelta(days=1))
    assert len(await list_due_days(deps)) == 3
    await daily_reconciliation(deps).once()
    assert await get_statement(deps, Day("sandbox", today.date)) is not None


async def test_a_long_bill_is_read_with_bounded_memory(payment, db, owner_url, keys_dir, tmp_path):
    many = PaidDay("many", LINES, payment.clock.now() - timedelta(days=3))
    await seed(owner_url, many)
    provider = BillingPlatform(tmp_path, [many]).provider()
    deps = billed_by(payment.deps, provider)
    day = Day("sandbox", many.moment.astimezone(SHANGHAI).date())
    tracemalloc.start()
    statement = await reconcile_day(deps, day)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert await reconcile_day(deps, day) == statement
    assert statement.state is StatementState.BALANCED
    assert statement.totals.bill_line_count == statement.totals.order_count == statement.totals.receipt_count == LINES
    assert peak < BOUND


async def reconcile(payment, day):
    request = settlement.ReconcileDayRequest(provider="sandbox", date=day)
    return await payment.settlement.ReconcileDay(request, metadata=payment.as_operator(), timeout=PATIENCE_SECONDS)


async def test_an_operator_reconciles_reads_and_files_a_statement(payment, today, keys_dir, db):
    day = today.date.isoformat()
    order = await payment.awaiting()
    await payment.platform.pay(order.attempt.out_trade_no)
    await payment.until_state(order, "PAID")
    drawn = await reconcile(payment, day)
    assert drawn.state in (res.Statement.BALANCED, res.Statement.UNBALANCED)
    named = {"provider": "sandbox", "date": day}
    mine = payment.as_operator()
    assert await payment.settlement.GetStatement(settlement.GetStatementRequest(**named), metadata=mine) == drawn
    listed = await payment.settlement.ListStatements(settlement.ListStatementsRequest(), metadata=mine)
    assert drawn in listed.statements
    differences = await payment.settlement.ListDifferences(settlement.ListDifferencesRequest(**named), metadata=mine)
    assert order.attempt.out_trade_no not in [one.out_trade_no for one in differences.differences]
    filed = await payment.settlement.DownloadStatement(settlement.DownloadStatementRequest(**named), metadata=mine)
    content = json.loads(filed.data)
    signed = json.dumps(content["statement"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    key = load_pem_public_key((keys_dir / "payment.pub.pem").read_bytes())
    key.verify(base64.b64decode(content["signature"]), signed)
    assert base64.b64decode(content["signature"]) == drawn.signature
    as_page = settlement.DownloadStatementRequest(**named, form=settlement.DownloadStatementRequest.HTML)
    page = await payment.settlement.DownloadStatement(as_page, metadata=mine)
    assert page.content_type.startswith("text/html")
    assert drawn.signature.hex() in page.data.decode()
    assert f'对账单 <span lang="en">Statement</span> {day}' in page.data.decode()


async def test_a_bill_that_outlasts_the_call_is_reconciled_all_the_same(payment, today, db):
    await db.driver.execute("DELETE FROM statements")
    day = today.date.isoformat()
    await payment.platform.fault(day, "bill", "SLOW", seconds=4, times=1)
    request = settlement.ReconcileDayRequest(provider="sandbox", date=day)
    begun = await payment.settlement.ReconcileDay(request, metadata=payment.as_operator(), timeout=3)
    assert begun.state == res.Statement.RUNNING

    async def drawn() -> bool:
        asked = settlement.GetStatementRequest(provider="sandbox", date=day)
        said = await payment.settlement.GetStatement(asked, metadata=payment.as_operator())
        return said.state != res.Statement.RUNNING and bool(said.signature)

    await payment.until(drawn)


async def test_statements_are_for_operators(payment, today):
    request = settlement.ReconcileDayRequest(provider="sandbox", date=today.date.isoformat())
    with pytest.raises(RemoteRefusal) as refused:
        await payment.settlement.ReconcileDay(request, metadata=payment.as_candidate(str(uuid.uuid4())))
    assert refused.value.reason == "ACCESS_DENIED"


@pytest.mark.parametrize("kind", ["OUTAGE", "FORGED"])
async def test_a_platform_that_cannot_be_believed_is_no_difference(payment, today, kind):
    day = today.date.isoformat()
    await payment.platform.fault(day, "bill", kind)
    with pytest.raises(RemoteRefusal) as refused:
        await reconcile(payment, day)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
