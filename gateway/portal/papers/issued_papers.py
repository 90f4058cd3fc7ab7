"""A candidate's papers: what can be issued in a session, what was, and each as PDF (EN-18)."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Final

from google.api.httpbody_pb2 import HttpBody
from starlette.responses import Response
from zikao.enrollment.v1 import enrollment_service_pb2, paper_service_pb2, resources_pb2
from zikao.identity.v1 import candidate_service_pb2

from gateway.portal.enrollment.current_session import exam_sessions
from gateway.portal.own_candidate import ME, own_candidate
from gateway.portal.papers.content_of_paper import content_of
from gateway.portal.papers.document_process import drawn
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

Paper = paper_service_pb2.Paper
Selection = resources_pb2.Selection

FILE_NAMES: Final = {Paper.REGISTRATION_FORM: "registration-form", Paper.CONFIRMATION: "confirmation"}
"""Readable by every system; the paper itself is in Chinese."""


async def show(page: Page, form: Form = BLANK) -> Response:
    """The papers that the session allows, for each registration, and those that were issued."""
    session, others = await exam_sessions(page)
    asked = page.query()["session_id"] or form["session_id"]
    session_id = asked if asked in {one.session_id for one in others} else session.session_id
    overview, answer = await asyncio.gather(
        page.ask(enrollment_service_pb2.GetSessionOverviewRequest(session_id=session_id)),
        page.ask(paper_service_pb2.ListPapersRequest()),
    )
    return page.render(
        "portal/papers.html",
        overview=overview,
        sessions=[one for one in (session, *others) if one.session_id != session_id],
        stated=_stated(overview),
        papers=answer.papers,
        kinds=Paper,
        form=form,
    )


async def issue(page: Page) -> Response:
    """Issues a paper, or finds the one that states the same, and leads to its document."""
    form = page.form()
    request = page.fill(paper_service_pb2.IssuePaperRequest, form)
    return await page.submit(request, form, show, then=lambda paper: f"/papers/{paper.paper_id}/document")


async def download(page: Page) -> Response:
    """A paper as PDF. One that no longer holds is not drawn, since it would name the person as they are now."""
    paper = await page.ask(page.fill(paper_service_pb2.GetPaperRequest))
    if not paper.holds:
        return page.redirect("/papers")
    candidate = await own_candidate(page)
    portrait = HttpBody()
    if candidate.HasField("portrait_update_time"):
        portrait = await page.ask(candidate_service_pb2.GetPortraitRequest(candidate_id=ME))
    document = await drawn(content_of(paper, candidate, portrait.data, page.site.public_origin))
    name = f"{FILE_NAMES[paper.kind]}-{paper.session_id}.pdf"
    return page.file(HttpBody(content_type="application/pdf", data=document), name)


def _stated(overview: resources_pb2.SessionOverview) -> Mapping[tuple[str, int], int]:
    """How many courses a paper of a registration and kind would state."""
    found: Counter[tuple[str, int]] = Counter()
    for one in overview.selections:
        if one.state != Selection.VOID:
            found[one.registration_id, Paper.REGISTRATION_FORM] += 1
        if one.state == Selection.EFFECTIVE:
            found[one.registration_id, Paper.CONFIRMATION] += 1
    return found
