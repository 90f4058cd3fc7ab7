"""What an operator sees first: whom to look for, today against yesterday, what asks for attention, the sessions."""

import asyncio

from starlette.responses import Response

from gateway.operation.day.activity import Kind, activity_of
from gateway.operation.day.overview_figures import attention_of, sessions_of
from gateway.web.form import BLANK
from gateway.web.page_request import Page


async def show(page: Page) -> Response:
    """Everything that asks for attention."""
    day, sessions, attention = await asyncio.gather(activity_of(page, 1), sessions_of(page), attention_of(page))
    return page.render(
        "operation/overview.html",
        form=BLANK,
        day=day,
        kinds=Kind,
        sessions=sessions,
        attention=attention,
        now=page.now,
    )
