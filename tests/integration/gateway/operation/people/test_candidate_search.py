"""Whoever answers the telephone finds the person (OP-3)."""

from zikao.identity.v1 import support_service_pb2
from zikao.payment.v1 import payment_service_pb2
from zikao.payment.v1 import resources_pb2 as payment

from services.identity.errors import SearchIncomplete
from tests.integration.gateway.logged_in_browser import Browser

PERSON = "019a0000-0000-7000-8000-0000000000c1"
ORDER = "0f3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11"
PEOPLE = "/operation/people"
Search = support_service_pb2.SearchCandidatesRequest


async def test_a_name_and_four_characters_find_whoever_may_be_meant(operator: Browser) -> None:  # OP-3
    found = support_service_pb2.SearchCandidatesResponse()
    found.candidates.add(candidate_id=PERSON, display_name="测试甲", document_number="310101********50")
    operator.services.answers["SupportService.SearchCandidates"] = found
    page = (await operator.send(PEOPLE, display_name="测试甲", last_four="1250")).text
    assert f'<a href="{PEOPLE}/{PERSON}">测试甲</a>' in page
    asked = operator.asked("SupportService/SearchCandidates", Search)
    assert (asked.display_name, asked.last_four, asked.number) == ("测试甲", "1250", "")


async def test_an_order_leads_to_its_candidate(operator: Browser) -> None:  # OP-3
    operator.services.answers["PaymentService.GetOrder"] = payment.Order(order_id=ORDER, candidate_id=PERSON)
    answer = await operator.send(PEOPLE, order_id=f" {ORDER} ")
    assert answer.headers["location"] == f"{PEOPLE}/{PERSON}"
    assert operator.asked("PaymentService/GetOrder", payment_service_pb2.GetOrderRequest).order_id == ORDER


async def test_nobody_found_and_too_little_said_are_told_apart(operator: Browser) -> None:  # OP-3
    operator.services.answers["SupportService.SearchCandidates"] = support_service_pb2.SearchCandidatesResponse()
    assert "没有找到" in (await operator.send(PEOPLE, number="310101199001011250")).text
    operator.services.answers["SupportService.SearchCandidates"] = SearchIncomplete()
    refused = await operator.send(PEOPLE, display_name="测试甲")
    assert refused.status_code == 400
    assert 'value="测试甲"' in refused.text


async def test_what_was_said_stands_in_no_address(operator: Browser) -> None:  # OP-3, ID-19
    shown = (await operator.get(f"{PEOPLE}?number=310101199001011250")).text
    assert "310101199001011250" not in shown.replace("?number=310101199001011250", "")
