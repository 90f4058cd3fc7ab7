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
from services.payment.adapters.signing import KeySigner
from services.payment.domain.reconciling import Day, StatementState
from services.payment.errors import BillNotReady, ProviderUnavailable
from services.payment.ports import BillLine
from services.payment.usecases.reconciling import Daily, DailyTerms, Reconciliation
from tests.integration.payment.bills import LIMITS, PaperPlatform, paid_line, reconciliation, true_bill
from tests.support.wait_until import PATIENCE_SECONDS

LINES = 20_000
BOUND = 2_500_000
"""Bytes that reading and comparing may take beside the bill itself, which is 1.3 MB."""


@pytest.fixture
def today(desk) -> Day:
    return Day("sandbox", desk.clock.now().astimezone(SHANGHAI).date())


@pytest.fixture
async def paper(desk, db, today) -> PaperPlatform:
    """The platform, with a bill on which nothing is wrong yet."""
    return PaperPlatform(desk.service.till.providers["sandbox"], await true_bill(db, today))


@pytest.fixture
async def books(desk, db, paper, keys_dir) -> Reconciliation:
    """What reconciles, on a day that nobody has reconciled and on which no money waits for a decision."""
    await db.driver.execute("UPDATE attempts SET purpose = 'SURPLUS' WHERE state = 'PAID' AND purpose = ''")
    await db.driver.execute("DELETE FROM statements")
    await db.driver.execute("DELETE FROM differences")
    return reconciliation(desk.service, db, paper, KeySigner.load(keys_dir, "payment"))


async def a_paid_order(desk, paper) -> tuple[res.Order, BillLine]:
    """An order that is paid here and on the bill."""
    order = await desk.awaiting()
    await desk.platform.pay(order.attempt.out_trade_no)
    order = await desk.until_state(order, "PAID")
    let_the_platforms_time_pass(desk)
    line = await line_of(desk, order)
    paper.lines.append(line)
    return order, line


def let_the_platforms_time_pass(desk) -> None:
    """The platform has a clock of its own: whatever it says has happened lies in the past here too."""
    desk.clock.advance(max(SystemClock().now() - desk.clock.now(), timedelta()) + timedelta(seconds=1))


async def line_of(desk, order) -> BillLine:
    trade = await desk.platform.trade(order.attempt.out_trade_no)
    return paid_line(order.attempt.out_trade_no, trade["platform_trade_no"], order.total_fen, SystemClock().now())


async def an_unheard_payment(desk, paper) -> res.Order:
    """An order that is paid at the platform, and of which nothing was heard here."""
    order = await desk.awaiting()
    await desk.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
    await desk.platform.pay(order.attempt.out_trade_no)
    paper.lines.append(await line_of(desk, order))
    return order


async def found(books, today) -> list[tuple[str, bool, int, int]]:
    return [
        (one.kind.value, one.healed, one.order_fen, one.bill_fen) for one in await books.differences(today, None, 100)
    ]


async def test_a_day_on_which_everything_agrees_is_balanced(desk, paper, books, today):
    orders = [await a_paid_order(desk, paper) for _ in range(3)]
    statement = await books.reconcile(today)
    totals = statement.totals
    assert statement.state is StatementState.BALANCED
    assert totals.bill_paid_count == totals.order_count + totals.surplus_count >= len(orders)
    assert totals.bill_paid_fen == totals.order_paid_fen + totals.surplus_fen
    assert totals.order_paid_fen == totals.receipt_fen + totals.awaited_fen + totals.void_fen
    assert await found(books, today) == []


async def test_a_payment_that_only_its_notification_missed_is_settled_by_asking(desk, paper, books, today):  # F-1
    order = await an_unheard_payment(desk, paper)
    statement = await books.reconcile(today)
    assert await desk.state(order) == "PAID"
    assert statement.state is StatementState.BALANCED
    assert await found(books, today) == [("PAID_NOT_SETTLED", True, 7000, 7000)]
    assert ("QUERIED", "RECONCILIATION", "PAID") in await desk.timeline(order)


async def test_money_on_an_order_that_has_ended_is_given_to_the_rule_for_late_money(desk, paper, books, today):  # PA-6
    order = await desk.awaiting()
    await desk.cancel(order)
    await desk.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
    await desk.platform.pay(order.attempt.out_trade_no, even_if_closed=True)
    paper.lines.append(await line_of(desk, order))
    await books.reconcile(today)
    assert ("MONEY_HELD", "RECONCILIATION") in [entry[:2] for entry in await desk.timeline(order)]


async def test_a_line_that_nobody_knows_is_raised_once(desk, paper, books, today):
    stranger = f"stranger{uuid.uuid4().hex[:20]}"
    paper.lines.append(paid_line(stranger, "p-1", 500, SystemClock().now()))
    for _ in range(2):
        statement = await books.reconcile(today)
    assert statement.state is StatementState.UNBALANCED
    assert await found(books, today) == [("UNKNOWN_TRADE", False, 0, 500)]
    entry = await desk.service.till.queue.get((await books.differences(today, None, 1))[0].exception_id)
    assert (entry.finding.out_trade_no, entry.occurrence_count) == (stranger, 1)
    paper.lines.pop()
    await books.reconcile(today)


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
    desk, paper, books, today, spoil, expected
):
    order, line = await a_paid_order(desk, paper)
    paper.lines[-1:] = spoil(line)
    assert (await books.reconcile(today)).state is StatementState.UNBALANCED
    assert await found(books, today) == [expected]
    difference = (await books.differences(today, None, 1))[0]
    assert difference.action
    assert "BILL_DIFFERENCE" in await desk.exceptions(order) or expected[0] == "REFUND_DIFFERS"
    paper.lines = [*(one for one in paper.lines if one.out_trade_no != line.out_trade_no), line]
    assert (await books.reconcile(today)).state is StatementState.BALANCED
    assert await found(books, today) == [(expected[0], True, *expected[2:])]
    assert await desk.exceptions(order) == []
    entry = await desk.service.till.queue.get(difference.exception_id)
    assert entry.resolved_by == "zikao"


async def test_refunds_here_and_on_the_bill_are_compared_by_their_number(desk, paper, books, today, db):  # PA-12
    order, _ = await a_paid_order(desk, paper)
    request = pb.CreateRefundRequest(order_id=order.order_id, refund_id=new_id(), reason=res.Refund.OPERATOR_DECISION)
    await desk.stub.CreateRefund(request, metadata=desk.as_enrollment())
    while await desk.service.refunder.once():
        pass
    assert await desk.state(order) == "REFUNDED"
    desk.clock.advance(timedelta(seconds=1))
    await books.reconcile(today)
    assert await found(books, today) == [("REFUND_DIFFERS", False, 7000, 0)]
    paper.lines = await true_bill(db, today)
    statement = await books.reconcile(today)
    assert statement.state is StatementState.BALANCED
    assert statement.totals.bill_refunded_fen == statement.totals.order_refunded_fen >= 7000
    assert statement.totals.void_fen >= 7000


async def test_a_receipt_that_is_overdue_is_a_difference(desk, paper, books, today, db):  # PA-9
    order, _ = await a_paid_order(desk, paper)
    await db.driver.execute(
        "UPDATE receipts SET available_date = $2 WHERE order_id = $1", order.order_id, today.date - timedelta(days=1)
    )
    await books.reconcile(today)
    assert await found(books, today) == [("RECEIPT_MISSING", False, 7000, 0)]
    assert await desk.exceptions(order) == ["RECEIPT_OVERDUE"]
    await db.driver.execute("UPDATE receipts SET state = 'ISSUED' WHERE order_id = $1", order.order_id)
    assert (await books.reconcile(today)).state is StatementState.BALANCED


async def test_running_it_twice_changes_nothing(desk, paper, books, today, db):
    await a_paid_order(desk, paper)
    paper.lines.append(paid_line("nobody's", "p-2", 500, SystemClock().now()))
    await an_unheard_payment(desk, paper)
    first = await books.reconcile(today)
    before = await everything(db)
    desk.clock.advance(timedelta(minutes=5))
    assert await books.reconcile(today) == first
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


async def test_a_bill_that_breaks_off_changes_nothing_and_leaves_nothing(desk, paper, books, today, db):
    await a_paid_order(desk, paper)
    order = await an_unheard_payment(desk, paper)
    paper.breaks_after = len(paper.lines) - 1
    lines = await db.driver.fetchval("SELECT count(*) FROM bill_lines")
    with pytest.raises(ProviderUnavailable):
        await books.reconcile(today)
    with pytest.raises(NotFound):
        await books.read(today)
    assert await db.driver.fetchval("SELECT count(*) FROM bill_lines") == lines
    assert await desk.state(order) == "AWAITING_PAYMENT"
    paper.breaks_after = None
    assert (await books.reconcile(today)).state is StatementState.BALANCED


async def test_a_day_that_has_not_begun_has_no_bill(books, today):
    with pytest.raises(BillNotReady):
        await books.reconcile(Day("sandbox", today.date + timedelta(days=1)))
    with pytest.raises(NotFound):
        await books.reconcile(Day("no-such-platform", today.date))


async def test_two_operators_at_once_read_the_bill_once(paper, books, today):
    paper.ready.clear()
    asked = [asyncio.create_task(books.reconcile(today)) for _ in range(4)]
    while sum(one.done() for one in asked) < 3:
        await asyncio.sleep(0.01)
    paper.ready.set()
    states = [one.state for one in await asyncio.gather(*asked)]
    assert paper.read == 1
    assert sorted(states, key=lambda one: one.value) == [StatementState.BALANCED, *[StatementState.RUNNING] * 3]


async def test_a_run_that_died_is_taken_over_and_its_lines_are_forgotten(desk, paper, books, today, db):
    dead = await books.books.begin(today, now=desk.clock.now(), lease=LIMITS.lease)
    await books.books.write_lines(dead, 0, [paid_line("dead", "p-3", 1, SystemClock().now())])
    daily = Daily(books, DailyTerms(hour=0, days=1, pause=timedelta(minutes=5)))
    assert (await books.reconcile(today)).state is StatementState.RUNNING
    desk.clock.advance(LIMITS.lease)
    await daily.once()
    assert (await books.read(today)).state is StatementState.BALANCED
    assert await db.driver.fetchval("SELECT count(*) FROM bill_lines WHERE out_trade_no = 'dead'") == 0
    assert not await books.books.keep(dead, read=1, now=desk.clock.now(), lease=LIMITS.lease)


async def test_every_morning_the_last_days_are_reconciled_once(desk, paper, books, today):
    paper.lines = []
    local = desk.clock.now().astimezone(SHANGHAI)
    daily = Daily(books, DailyTerms(hour=local.hour, days=3, pause=timedelta(minutes=5)))
    assert await daily.once() == 3
    assert await daily.once() == 0
    desk.clock.advance(timedelta(days=1))
    assert await daily.once() == 3
    assert await books.read(Day("sandbox", today.date)) is not None


async def test_a_long_bill_is_read_with_bounded_memory(desk, db, owner_url, keys_dir, tmp_path):
    many = PaidDay("many", LINES, desk.clock.now() - timedelta(days=3))
    await seed(owner_url, many)
    provider = BillingPlatform(tmp_path, [many]).provider()
    books = reconciliation(desk.service, db, provider, KeySigner.load(keys_dir, "payment"))
    day = Day("sandbox", many.moment.astimezone(SHANGHAI).date())
    tracemalloc.start()
    statement = await books.reconcile(day)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert await books.reconcile(day) == statement
    assert statement.state is StatementState.BALANCED
    assert statement.totals.bill_line_count == statement.totals.order_count == statement.totals.receipt_count == LINES
    assert peak < BOUND


async def reconcile(desk, day):
    request = settlement.ReconcileDayRequest(provider="sandbox", date=day)
    return await desk.settlement.ReconcileDay(request, metadata=desk.as_operator(), timeout=PATIENCE_SECONDS)


async def test_an_operator_reconciles_reads_and_files_a_statement(desk, today, keys_dir, db):
    day = today.date.isoformat()
    order = await desk.awaiting()
    await desk.platform.pay(order.attempt.out_trade_no)
    await desk.until_state(order, "PAID")
    drawn = await reconcile(desk, day)
    assert drawn.state in (res.Statement.BALANCED, res.Statement.UNBALANCED)
    named = {"provider": "sandbox", "date": day}
    mine = desk.as_operator()
    assert await desk.settlement.GetStatement(settlement.GetStatementRequest(**named), metadata=mine) == drawn
    listed = await desk.settlement.ListStatements(settlement.ListStatementsRequest(), metadata=mine)
    assert drawn in listed.statements
    differences = await desk.settlement.ListDifferences(settlement.ListDifferencesRequest(**named), metadata=mine)
    assert order.attempt.out_trade_no not in [one.out_trade_no for one in differences.differences]
    filed = await desk.settlement.DownloadStatement(settlement.DownloadStatementRequest(**named), metadata=mine)
    content = json.loads(filed.data)
    signed = json.dumps(content["statement"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    key = load_pem_public_key((keys_dir / "payment.pub.pem").read_bytes())
    key.verify(base64.b64decode(content["signature"]), signed)
    assert base64.b64decode(content["signature"]) == drawn.signature
    as_page = settlement.DownloadStatementRequest(**named, form=settlement.DownloadStatementRequest.HTML)
    page = await desk.settlement.DownloadStatement(as_page, metadata=mine)
    assert page.content_type.startswith("text/html")
    assert drawn.signature.hex() in page.data.decode()
    assert f'对账单 <span lang="en">Statement</span> {day}' in page.data.decode()


async def test_a_bill_that_outlasts_the_call_is_reconciled_all_the_same(desk, today, db):
    await db.driver.execute("DELETE FROM statements")
    day = today.date.isoformat()
    await desk.platform.fault(day, "bill", "SLOW", seconds=4, times=1)
    request = settlement.ReconcileDayRequest(provider="sandbox", date=day)
    begun = await desk.settlement.ReconcileDay(request, metadata=desk.as_operator(), timeout=3)
    assert begun.state == res.Statement.RUNNING

    async def drawn() -> bool:
        asked = settlement.GetStatementRequest(provider="sandbox", date=day)
        said = await desk.settlement.GetStatement(asked, metadata=desk.as_operator())
        return said.state != res.Statement.RUNNING and bool(said.signature)

    await desk.until(drawn)


async def test_statements_are_for_operators(desk, today):
    request = settlement.ReconcileDayRequest(provider="sandbox", date=today.date.isoformat())
    with pytest.raises(RemoteRefusal) as refused:
        await desk.settlement.ReconcileDay(request, metadata=desk.as_candidate(str(uuid.uuid4())))
    assert refused.value.reason == "ACCESS_DENIED"


@pytest.mark.parametrize("kind", ["OUTAGE", "FORGED"])
async def test_a_platform_that_cannot_be_believed_is_no_difference(desk, today, kind):
    day = today.date.isoformat()
    await desk.platform.fault(day, "bill", kind)
    with pytest.raises(RemoteRefusal) as refused:
        await reconcile(desk, day)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
