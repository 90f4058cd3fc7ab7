"""The queue of what people must settle: explained, and settled once (PA-8)."""

from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from chassis.errors import StaleEtag
from tests.integration.gateway.logged_in_browser import ME, Browser

EXCEPTION = "019a0000-0000-7000-8000-0000000000e1"


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


async def test_an_exception_leads_to_its_candidate(operator: Browser) -> None:  # OP-3
    waiting = settlement_service_pb2.ListExceptionsResponse()
    kind = resources_pb2.Exception.LATE_MONEY
    waiting.exceptions.add(exception_id=EXCEPTION, kind=kind, candidate_id=ME)
    operator.services.answers["SettlementService.ListExceptions"] = waiting
    page = (await operator.get("/operation/exceptions")).text
    assert f'href="/operation/people/{ME}"' in page
    assert ME[-6:] in page
