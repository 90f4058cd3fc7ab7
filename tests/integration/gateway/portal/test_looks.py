"""A candidate reads who looked at their papers (ID-19)."""

from zikao.common.v1 import audit_pb2
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Code, Refusal
from tests.integration.gateway.logged_in_browser import Browser

CASE = "019a0000-0000-7000-8000-0000000000c1"


class Away(Refusal):
    reason = "UPSTREAM_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "服务暂不可用。"
    en = "The service is away."


def looks(seconds: int, **named: object) -> audit_pb2.ListLooksResponse:
    """An answer with one look."""
    answer = audit_pb2.ListLooksResponse()
    answer.looks.add(actor_role="REVIEWER", organisation="10269", **named).create_time.FromSeconds(seconds)
    return answer


async def test_looks_of_all_services_are_shown_together_with_their_cases(candidate: Browser) -> None:  # ID-19
    case = resources_pb2.Case(case_id=CASE, kind="IDENTITY_PROOF")
    candidate.services.answers |= {
        "ReviewService.ListCandidateCases": review_service_pb2.ListCandidateCasesResponse(cases=[case]),
        "AuditService.ListLooks": looks(1_790_000_000, action="MATERIAL_VIEWED", case_id=CASE),
    }
    page = (await candidate.get("/account/looks")).text
    assert page.count("证明材料图片") == len(candidate.services.asked) - 1
    assert [word in page for word in ("主考学校", "10269", "审核员", f'<a href="/cases/{CASE}">身份核验</a>')] == [
        True
    ] * 4


async def test_a_service_that_is_away_is_said_to_be(candidate: Browser) -> None:  # ID-19, GW-7
    candidate.services.answers |= {
        "ReviewService.ListCandidateCases": Away(),
        "AuditService.ListLooks": Away(),
    }
    answer = await candidate.get("/account/looks")
    assert (answer.status_code, "部分记录暂时读不到" in answer.text) == (200, True)
