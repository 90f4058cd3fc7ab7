"""No text of any request holds a NUL, which PostgreSQL cannot store: the field is named (F-26)."""

from typing import Any

import pytest
from google.protobuf.message import Message
from zikao.common.v1 import audit_pb2
from zikao.identity.v1 import candidate_service_pb2 as identity
from zikao.review.v1 import review_service_pb2 as review

from chassis.call_context import Call
from chassis.errors import InvalidRequest
from chassis.rpc.access_rules import access_rule
from chassis.rpc.server.interceptors.interceptor import Method
from chassis.rpc.server.interceptors.validation import ValidationInterceptor


def method_taking(request: Message, module: Any) -> Method:
    services = module.DESCRIPTOR.services_by_name.values()
    (descriptor,) = [one for service in services for one in service.methods if one.input_type == request.DESCRIPTOR]
    return Method(descriptor, access_rule(descriptor))


async def fields_of(request: Message, module: Any) -> list[tuple[str, str]]:
    async def done(_request: Message, _call: Call) -> Message:
        return audit_pb2.AuditEntry()

    with pytest.raises(InvalidRequest) as refused:
        await ValidationInterceptor().wrap(method_taking(request, module), done)(request, Call("any"))
    return [(field.field, field.reason) for field in refused.value.fields]


async def test_a_nul_is_refused_where_it_stands() -> None:
    request = review.DecideCaseRequest(case_id="0", note="a\0b", etag="\0")
    assert await fields_of(request, review) == [("note", "INVALID_CHARACTER"), ("etag", "INVALID_CHARACTER")]


async def test_a_nul_in_a_list_of_messages_is_refused_with_its_place() -> None:
    request = identity.ImportCandidatesRequest()
    request.rows.add(display_name="张三")
    request.rows.add(display_name="李\0四")
    assert await fields_of(request, identity) == [("rows[1].display_name", "INVALID_CHARACTER")]


async def test_bytes_may_hold_any_byte() -> None:
    request = review.AddMaterialRequest(case_id="0")
    request.image.data = b"\0\0"
    assert "INVALID_CHARACTER" not in [reason for _, reason in await fields_of(request, review)]
