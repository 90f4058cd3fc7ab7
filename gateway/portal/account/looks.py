"""Who looked at my papers: every look of staff, in whichever service it was (ID-19)."""

import asyncio
from collections.abc import Mapping
from typing import Final

from google.protobuf.descriptor import MethodDescriptor
from starlette.responses import Response
from zikao.common.v1 import audit_pb2
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Code, Refusal
from gateway.contracts.rpcs import process_of
from gateway.web.page_request import Page

Request = audit_pb2.ListLooksRequest
AWAY: Final = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED})
MOST: Final = 200


async def show(page: Page) -> Response:
    """The newest looks of all services together; a service that does not answer is said to be away."""
    rpcs = page.site.services.taking(Request)
    answers, cases = await asyncio.gather(asyncio.gather(*(_of(page, rpc) for rpc in rpcs)), _cases(page))
    looks = [look for answer in answers if answer for look in answer.looks]
    return page.render(
        "portal/looks.html",
        looks=sorted(looks, key=lambda look: look.create_time.ToNanoseconds(), reverse=True),
        cases=cases,
        more=any(answer.next_page_token for answer in answers if answer),
        most=MOST,
        silent=[process_of(rpc) for rpc, answer in zip(rpcs, answers, strict=True) if answer is None],
    )


async def _of(page: Page, rpc: MethodDescriptor) -> audit_pb2.ListLooksResponse | None:
    try:
        answer: audit_pb2.ListLooksResponse = await page.ask_rpc(rpc, Request(candidate_id="me", page_size=MOST))
    except Refusal as refusal:
        if refusal.code not in AWAY:
            raise
        return None
    return answer


async def _cases(page: Page) -> Mapping[str, resources_pb2.Case]:
    """The candidate's own cases by id, for their names; none while review does not answer."""
    try:
        answer = await page.ask(review_service_pb2.ListCandidateCasesRequest(candidate_id="me"))
    except Refusal as refusal:
        if refusal.code not in AWAY:
            raise
        return {}
    return {case.case_id: case for case in answer.cases}
