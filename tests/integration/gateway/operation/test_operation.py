"""The operators' pages show what the services answer, and send on what was pressed (OP-1)."""

import re
from collections.abc import AsyncIterator

import pytest
from google.api import httpbody_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, practice_service_pb2
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.identity.v1 import staff_service_pb2
from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from chassis.errors import Code, NotFound, Refusal
from tests.integration.gateway.answering_services import Said
from tests.integration.gateway.logged_in_browser import ME, Browser

SESSION = "2026-10"
PATH = f"/operation/sessions/{SESSION}"
EXCEPTION = "019a0000-0000-7000-8000-0000000000e1"
Imported = catalogue_service_pb2.ImportCatalogueResponse
CSV = "course_code,name\n00015,英语\n".encode()


class StaleEtag(Refusal):
    reason = "STALE_ETAG"
    code = Code.ABORTED
    zh = "内容已被他人修改。"
    en = "It has changed meanwhile."


@pytest.fixture
def at_session(operator: Browser) -> Browser:
    """An operator before an open session with some selections."""
    session = catalogue_pb2.ExamSession(
        session_id=SESSION,
        display_name_zh="2026年10月",
        state=catalogue_pb2.ExamSession.OPEN,
        registration_start_time=Timestamp(seconds=1_790_000_000),
        registration_end_time=Timestamp(seconds=1_790_500_000),
        payment_cutoff_time=Timestamp(seconds=1_790_501_800),
        etag="etag-1",
    )
    counts = practice_service_pb2.SessionCounts(session_id=SESSION)
    counts.counts.add(half_day=half_day_pb2.HalfDay(date="2026-10-24", period=half_day_pb2.AM), live=5, effective=3)
    operator.services.answers |= {
        "CatalogueService.GetSession": session,
        "PracticeService.GetSessionCounts": counts,
        "CatalogueService.ExtendSession": session,
        "CatalogueService.CancelSession": session,
    }
    return operator


async def test_bad_rows_are_shown_and_nothing_can_be_imported(operator: Browser) -> None:  # EN-1
    found = Imported()
    found.problems.add(file="courses.csv", line=7, column="credits", found="十四", expected_zh="0 到 50 的整数")
    operator.services.answers["CatalogueService.ImportCatalogue"] = found
    page = (await operator.send("/operation/import", files=[("courses.csv", CSV)])).text
    assert "courses.csv:7" in page
    assert "0 到 50 的整数" in page
    assert "/operation/import/apply" not in page
    asked = operator.asked("CatalogueService/ImportCatalogue", catalogue_service_pb2.ImportCatalogueRequest)
    assert asked.dry_run


async def test_what_was_checked_is_imported_to_the_byte(operator: Browser) -> None:  # EN-1, GW-2
    checked, applied = Imported(), Imported(applied=True)
    operator.services.answers["CatalogueService.ImportCatalogue"] = checked
    files = [("courses.csv", CSV), ("fees.xlsx", bytes(range(256)))]
    page = (await operator.send("/operation/import", files=files)).text
    carried = dict(re.findall(r'name="(file\.[^"]+)" value="([^"]+)"', page))
    operator.services.answers["CatalogueService.ImportCatalogue"] = applied
    answer = await operator.send("/operation/import/apply", **carried)
    assert "已导入。" in answer.text
    asked = operator.asked("CatalogueService/ImportCatalogue", catalogue_service_pb2.ImportCatalogueRequest)
    assert [(one.name, one.content) for one in asked.files] == files
    assert not asked.dry_run


async def test_no_file_is_a_mistake_at_its_input(operator: Browser) -> None:
    answer = await operator.send("/operation/import")
    assert answer.status_code == 400
    assert '<a href="#files">' in answer.text


async def test_a_session_is_shown_with_its_counts(at_session: Browser) -> None:
    page = (await at_session.get(PATH)).text
    assert "10-24 上午" in page
    assert "有效 3 / 全部 5" in re.sub(r"\s+", " ", page)


async def test_a_window_is_extended_to_an_instant_in_shanghai(at_session: Browser) -> None:  # F-15
    answer = await at_session.send(f"{PATH}/extend", registration_end_time="2026-10-10T16:00", etag="etag-1")
    assert answer.status_code == 303
    asked = at_session.asked("CatalogueService/ExtendSession", catalogue_service_pb2.ExtendSessionRequest)
    assert asked.registration_end_time.ToJsonString() == "2026-10-10T08:00:00Z"
    assert not asked.HasField("payment_cutoff_time")


async def test_an_instant_that_is_none_is_a_mistake_at_its_input(at_session: Browser) -> None:
    answer = await at_session.send(f"{PATH}/extend", registration_end_time="tomorrow", etag="etag-1")
    assert answer.status_code == 400
    assert '<a href="#registration_end_time">' in answer.text


async def test_a_session_is_not_cancelled_by_a_slip(at_session: Browser) -> None:  # PA-12
    answer = await at_session.send(f"{PATH}/cancel", reason="停电", sure="", etag="etag-1")
    assert answer.status_code == 400
    assert not [one for one in at_session.services.asked if one.path.endswith("CancelSession")]
    await at_session.send(f"{PATH}/cancel", reason="停电", sure="yes", etag="etag-1")
    asked = at_session.asked("CatalogueService/CancelSession", catalogue_service_pb2.CancelSessionRequest)
    assert (asked.reason, asked.etag) == ("停电", "etag-1")


async def test_a_roster_arrives_in_one_piece(operator: Browser) -> None:  # OP-1
    async def pieces() -> AsyncIterator[Said]:
        yield practice_service_pb2.ExportRosterResponse(content=b"ticket,")
        yield practice_service_pb2.ExportRosterResponse(content=b"course\n")

    operator.services.answers["PracticeService.ExportRoster"] = pieces
    answer = await operator.get(f"{PATH}/roster?format=csv")
    assert answer.content == b"ticket,course\n"
    assert "roster-2026-10.csv" in answer.headers["content-disposition"]


async def test_a_roster_that_is_refused_is_a_page_that_says_so(operator: Browser) -> None:
    async def pieces() -> AsyncIterator[Said]:
        yield NotFound()

    operator.services.answers["PracticeService.ExportRoster"] = pieces
    assert (await operator.get(f"{PATH}/roster")).status_code == 404


async def test_two_operators_do_not_settle_one_thing_twice(operator: Browser) -> None:
    waiting = settlement_service_pb2.ListExceptionsResponse()
    waiting.exceptions.add(
        exception_id=EXCEPTION, kind=resources_pb2.Exception.LATE_MONEY, state=resources_pb2.Exception.OPEN, etag="new"
    )
    operator.services.answers["SettlementService.ListExceptions"] = waiting
    operator.services.answers["SettlementService.ResolveException"] = StaleEtag()
    answer = await operator.send(f"/operation/exceptions/{EXCEPTION}/resolve", note="已退款", etag="old")
    assert answer.status_code == 409
    assert 'value="已退款"' in answer.text
    assert 'name="etag" value="new"' in answer.text


ORDER = "0f3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11"


def at_order(operator: Browser, **about: object) -> Browser:
    """An order about which something waits in the queue."""
    waiting = settlement_service_pb2.ListExceptionsResponse()
    waiting.exceptions.add(
        exception_id=EXCEPTION, state=resources_pb2.Exception.OPEN, action_zh="请决定", action_en="Decide", **about
    )
    answers = operator.services.answers
    answers["SettlementService.ListExceptions"] = waiting
    answers["PaymentService.GetOrder"] = resources_pb2.Order(order_id=ORDER, state=resources_pb2.Order.EXPIRED)
    answers["PaymentService.GetTimeline"] = payment_service_pb2.GetTimelineResponse()
    answers["PaymentService.ListRefunds"] = payment_service_pb2.ListRefundsResponse()
    return operator


async def test_late_money_is_decided_about_where_the_order_is_seen(operator: Browser) -> None:  # PA-6
    page = at_order(operator, kind=resources_pb2.Exception.LATE_MONEY)
    shown = (await page.get(f"/operation/orders/{ORDER}")).text
    assert "请决定" in shown
    assert "refund-account" not in shown
    page.services.answers["PaymentService.SettleLateMoney"] = resources_pb2.Order()
    refund = payment_service_pb2.SettleLateMoneyRequest.REFUND
    answer = await page.send(f"/operation/orders/{ORDER}/late-money", decision=str(refund))
    assert answer.headers["location"] == f"/operation/orders/{ORDER}"
    asked = page.asked("PaymentService/SettleLateMoney", payment_service_pb2.SettleLateMoneyRequest)
    assert (asked.order_id, asked.decision) == (ORDER, refund)


async def test_bank_details_are_recorded_where_the_way_back_is_closed(operator: Browser) -> None:  # PA-12
    page = at_order(operator, kind=resources_pb2.Exception.REFUND_FAILED, detail="ROUTE_CLOSED")
    assert "refund-account" in (await page.get(f"/operation/orders/{ORDER}")).text
    page.services.answers["SettlementService.SetRefundAccount"] = settlement_service_pb2.SetRefundAccountResponse()
    details = {"holder_name": "王小明", "account_number": "6222 0202 0011 2233", "bank_name": "中国工商银行"}
    await page.send(f"/operation/orders/{ORDER}/refund-account", **details)
    asked = page.asked("SettlementService/SetRefundAccount", settlement_service_pb2.SetRefundAccountRequest)
    assert (asked.order_id, asked.account_number) == (ORDER, "6222020200112233")
    page.services.answers["SettlementService.SetRefundAccount"] = NotFound()
    refused = await page.send(f"/operation/orders/{ORDER}/refund-account", **details)
    assert refused.status_code == 400
    assert 'value="王小明"' in refused.text


async def test_the_queue_is_explained_in_the_readers_language(operator: Browser) -> None:  # GW-3, PA-8
    waiting = settlement_service_pb2.ListExceptionsResponse()
    texts = {"text_zh": "金额不符。", "text_en": "Wrong.", "action_zh": "请核对。", "action_en": "Compare."}
    kind = resources_pb2.Exception.WRONG_AMOUNT
    waiting.exceptions.add(exception_id=EXCEPTION, kind=kind, state=resources_pb2.Exception.OPEN, **texts)
    operator.services.answers["SettlementService.ListExceptions"] = waiting
    chinese = (await operator.get("/operation/exceptions")).text
    assert "金额不符。" in chinese
    assert "请核对。" in chinese
    assert "Compare." not in chinese


async def test_a_statement_is_saved_and_never_shown_as_a_page_of_ours(operator: Browser) -> None:  # PA-10
    body = httpbody_pb2.HttpBody(content_type="text/html", data=b"<h1>statement</h1>")
    operator.services.answers["SettlementService.DownloadStatement"] = body
    answer = await operator.get("/operation/statements/sandbox/2026-10-01/file?form=html")
    assert answer.headers["content-disposition"] == 'attachment; filename="statement-sandbox-2026-10-01.html"'


async def test_a_day_that_is_reconciled_leads_to_its_statement(operator: Browser) -> None:  # PA-10
    done = resources_pb2.Statement(provider="sandbox", date="2026-10-01")
    operator.services.answers["SettlementService.ReconcileDay"] = done
    answer = await operator.send("/operation/statements", provider="sandbox", date="2026-10-01")
    assert answer.headers["location"] == "/operation/statements/sandbox/2026-10-01"


async def test_a_batch_is_paused_as_it_was_seen(operator: Browser) -> None:  # PA-12
    operator.services.answers["SettlementService.PauseRefundBatch"] = resources_pb2.RefundBatch()
    answer = await operator.send(f"/operation/refund-batches/{EXCEPTION}/pause", etag="etag-1")
    assert answer.headers["location"] == f"/operation/refund-batches/{EXCEPTION}"
    request = settlement_service_pb2.PauseRefundBatchRequest
    assert operator.asked("SettlementService/PauseRefundBatch", request).etag == "etag-1"


async def test_nobody_is_offered_to_disable_their_own_account(operator: Browser) -> None:
    known = staff_service_pb2.ListStaffResponse()
    known.staff.add(staff_id=ME, login_name="operator", kind="OPERATOR", organisation="AUTHORITY")
    known.staff.add(staff_id=EXCEPTION, login_name="reviewer", kind="REVIEWER", organisation="10269")
    operator.services.answers["StaffService.ListStaff"] = known
    page = (await operator.get("/operation/staff")).text
    assert f"/operation/staff/{EXCEPTION}/disable" in page
    assert f"/operation/staff/{ME}/disable" not in page


async def test_an_initial_password_never_comes_back_to_the_page(operator: Browser) -> None:
    operator.services.answers["StaffService.ListStaff"] = staff_service_pb2.ListStaffResponse()
    operator.services.answers["StaffService.CreateStaff"] = StaleEtag()
    answer = await operator.send(
        "/operation/staff", login_name="liwei", display_name="李伟", kind="3", initial_password="secret-9"
    )
    assert "secret-9" not in answer.text
    assert 'value="liwei"' in answer.text
    asked = operator.asked("StaffService/CreateStaff", staff_service_pb2.CreateStaffRequest)
    assert asked.staff == identity_pb2.Staff(login_name="liwei", display_name="李伟", kind="REVIEWER")
