"""A page token is good for its RPC, its filter and who asked, and nobody makes one up (F-26)."""

import base64
from typing import Any

import pytest
from google.protobuf.message import Message
from zikao.common.v1 import audit_pb2
from zikao.payment.v1 import audit_service_pb2 as payment
from zikao.review.v1 import audit_service_pb2 as review

from chassis.call_context import Call
from chassis.errors import InvalidRequest
from chassis.rpc.access_rules import access_rule
from chassis.rpc.server.interceptors.interceptor import Handler, Method
from chassis.rpc.server.interceptors.page_tokens import PageTokenInterceptor
from chassis.security.tokens import Access, Principal

KEY = bytes(range(32))
INNER = '["2026-09-01T01:00:00+00:00", "第二页"]'


def method_of(service: Any) -> Method:
    descriptor = service.DESCRIPTOR.services_by_name["AuditService"].methods_by_name["ListAuditEntries"]
    return Method(descriptor, access_rule(descriptor))


async def tell_token(request: Any, _call: Call) -> Message:
    """A list that goes on, and tells which token it was asked with."""
    return audit_pb2.ListAuditEntriesResponse(
        entries=[audit_pb2.AuditEntry(reason=request.page_token)], next_page_token=INNER
    )


def listed(service: Any = review, key: bytes = KEY) -> Handler:
    return PageTokenInterceptor(key).wrap(method_of(service), tell_token)


def asked(token: str = "", who: str = "o-1", **filters: Any) -> tuple[audit_pb2.ListAuditEntriesRequest, Call]:
    call = Call("ListAuditEntries", principal=Principal(Access.OPERATOR, who))
    return audit_pb2.ListAuditEntriesRequest(page_token=token, **filters), call


async def token_of(*, handler: Handler | None = None, **filters: Any) -> str:
    answer: Any = await (handler or listed())(*asked(**filters))
    return str(answer.next_page_token)


async def test_the_list_gets_back_what_it_wrote() -> None:
    answer: Any = await listed()(*asked(await token_of(object_id="a"), object_id="a", page_size=7))
    assert answer.entries[0].reason == INNER


MADE_UP = ["x", "第二页", "!!!!", "AAAA", base64.urlsafe_b64encode(INNER.encode()).decode(), "A" * 400]


@pytest.mark.parametrize("token", MADE_UP)
async def test_a_token_that_somebody_made_up_is_refused_with_its_field(token: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await listed()(*asked(token))
    assert [(field.field, field.reason) for field in refused.value.fields] == [("page_token", "PAGE_TOKEN_INVALID")]


@pytest.mark.parametrize("place", [0, 10, 15, 16, 30, -1])
async def test_an_altered_token_is_refused(place: int) -> None:
    said = bytearray(base64.urlsafe_b64decode(await token_of()))
    said[place] ^= 1
    with pytest.raises(InvalidRequest):
        await listed()(*asked(base64.urlsafe_b64encode(said).decode()))


async def test_a_token_is_not_for_another_filter_another_person_another_rpc_or_another_key() -> None:
    token = await token_of(object_id="a")
    for handler, request in (
        (listed(), asked(token, object_id="b")),
        (listed(), asked(token)),
        (listed(), asked(token, who="o-2", object_id="a")),
        (listed(payment), asked(token, object_id="a")),
        (listed(key=bytes(32)), asked(token, object_id="a")),
    ):
        with pytest.raises(InvalidRequest):
            await handler(*request)


async def test_the_last_page_has_no_token() -> None:
    async def end(_request: Any, _call: Call) -> Message:
        return audit_pb2.ListAuditEntriesResponse()

    assert await token_of(handler=PageTokenInterceptor(KEY).wrap(method_of(review), end)) == ""
