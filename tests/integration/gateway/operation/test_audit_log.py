"""The audit logs as operators read them: of which service, about what, by whom, and why (RE-7, RE-11)."""

from collections.abc import Awaitable, Callable

from google.protobuf.timestamp_pb2 import Timestamp
from zikao.common.v1 import audit_pb2
from zikao.identity.v1 import staff_service_pb2

from chassis.ids import new_id
from tests.integration.gateway.answering_services import Said
from tests.integration.gateway.logged_in_browser import Browser

CANDIDATE = new_id()
CANCELLED = audit_pb2.AuditEntry(
    number=7,
    create_time=Timestamp(seconds=1_790_000_000),
    actor_id="operator-1",
    actor_role="OPERATOR",
    action="SESSION_CANCELLED",
    object_kind="session",
    object_id="2026-10",
    reason="停电 <b>",
)
LOOKED = audit_pb2.AuditEntry(
    number=8, actor_role="REVIEWER", action="PORTRAIT_VIEWED", object_id=CANDIDATE, candidate_id=CANDIDATE
)


def each(browser: Browser) -> Callable[[], Awaitable[Said]]:
    """What each service answers; one of the staff is known by name."""
    staff = staff_service_pb2.ListStaffResponse()
    staff.staff.add(staff_id="operator-1", display_name="考务科")
    browser.services.answers["StaffService.ListStaff"] = staff

    async def answer() -> Said:
        service = browser.services.asked[-1].path.split(".")[1]
        entries = {"enrollment": [CANCELLED], "identity": [LOOKED]}.get(service, [])
        return audit_pb2.ListAuditEntriesResponse(entries=entries)

    return answer


async def test_an_entry_says_who_did_what_and_why(operator: Browser) -> None:  # RE-11
    operator.services.answers["AuditService.ListAuditEntries"] = each(operator)
    page = (await operator.get("/operation/audit?service=enrollment")).text
    assert "取消考期" in page
    assert "管理员" in page
    assert "停电 &lt;b&gt;" in page
    assert "?service=enrollment&amp;object_id=2026-10" in page
    assert '<a href="/operation/staff/operator-1">考务科</a>' in page
    assert 'href="/operation/sessions/2026-10"' in page


async def test_each_service_shows_its_own_log_filtered_as_asked(operator: Browser) -> None:  # RE-11, ID-19
    operator.services.answers["AuditService.ListAuditEntries"] = each(operator)
    page = (await operator.get(f"/operation/audit?service=identity&candidate_id={CANDIDATE}")).text
    assert "查看照片" in page
    assert f'href="/operation/people/{CANDIDATE}"' in page
    asked = operator.services.asked[-1]
    assert asked.path.split(".")[1] == "identity"
    assert "没有记录" in (await operator.get("/operation/audit?service=payment")).text


async def test_a_service_that_there_is_not_is_the_first_one(operator: Browser) -> None:
    operator.services.answers["AuditService.ListAuditEntries"] = each(operator)
    assert (await operator.get("/operation/audit?service=nobody")).status_code == 200
