"""The queue: what waits, by deadline, and who has what (RE-4)."""

import asyncio
from typing import Final

from starlette.responses import Response
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Refusal
from gateway.console.undo_offer import undo_offer
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

PAGE_SIZE: Final = 30
TAKEN_MEANWHILE: Final = frozenset({"CASE_CLAIMED", "CASE_NOT_WAITING"})
TRIES: Final = 5


async def show(page: Page) -> Response:
    """The queue, or the decided cases, as the filters ask."""
    asked = page.query()
    request = page.fill(review_service_pb2.ListCasesRequest, asked, page_size=PAGE_SIZE, mine=bool(asked["mine"]))
    answer, figures = await asyncio.gather(
        page.ask(request), page.ask(review_service_pb2.GetReviewFiguresRequest(days=1))
    )
    return page.render(
        "console/queue.html",
        asked=asked,
        cases=answer.cases,
        next_page_token=answer.next_page_token,
        kinds=options("case_kind", page.language),
        states=options("queue_state", page.language),
        now=page.now,
        figures=figures,
        undo=undo_offer(page),
    )


async def claim_next(page: Page) -> Response:
    """Claims the most urgent case that waits and shows it; without one, the queue says that it is finished."""
    following = await claim_following(page)
    return page.redirect(f"/console/cases/{following}" if following else "/console")


async def claim_following(page: Page) -> str:
    """The id of the most urgent case that waits, claimed; empty when there is none. One that somebody else takes in the
    same moment is passed over.
    """
    answer = await page.ask(review_service_pb2.ListCasesRequest(state=resources_pb2.Case.WAITING, page_size=TRIES))
    for case in answer.cases:
        try:
            await page.ask(review_service_pb2.ClaimCaseRequest(case_id=case.case_id))
        except Refusal as refusal:
            if refusal.reason not in TAKEN_MEANWHILE:
                raise
            continue
        return str(case.case_id)
    return ""
