"""The account: what recovers it, how it is told of news (EN-19), and where it is logged in (ID-14)."""

import asyncio

from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2, message_service_pb2

from gateway.portal.own_candidate import ME, own_candidate
from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page


async def show(page: Page, form: Form = BLANK) -> Response:
    """What recovers the account, how it is told, and where it is logged in."""
    answer, candidate, preference = await asyncio.gather(
        page.ask(login_service_pb2.ListLoginSessionsRequest()),
        own_candidate(page),
        page.ask(message_service_pb2.GetMessagePreferenceRequest(candidate_id=ME)),
    )
    return page.render(
        "portal/account.html",
        candidate=candidate,
        login_sessions=answer.login_sessions,
        form=form.with_defaults({"channel": str(preference.channel), "language": str(preference.language)}),
        channels=options("message_channel", page.language)[1:],
        languages=options("message_language", page.language)[1:],
    )
