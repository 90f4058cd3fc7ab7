"""The day on one page: numbers and pictures of what goes on, renewed by themselves (OP-4)."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2

from chassis.errors import Refusal
from gateway.http.asgi import client_address
from gateway.operation.day.activity import Kind, activity_of, charts
from gateway.operation.day.half_day_districts import HeatMap, heat_map
from gateway.operation.day.overview_figures import SessionFill, attention_of, sessions_of
from gateway.operation.day.service_answers import unless_away
from gateway.web.page_request import Page

SPANS: Final = (1, 3, 6, 12, 24)
USUAL_HOURS: Final = 3
MINUTES: Final = 60
PARTS: Final = ("tiles", "charts", "half_days", "attention")
"""What is renewed, each in a template and an element of its own."""
RENEWED_EVERY_SECONDS: Final = 5.0
STREAM_SECONDS: Final = 600.0
"""A stream ends by itself and is opened anew, so that whoever has left is not watched for."""


async def show(page: Page) -> Response:
    """Everything at once; without scripts it is renewed by loading it again."""
    hours = page.query().number("hours")
    hours = hours if hours in SPANS else USUAL_HOURS
    return page.render("operation/day.html", hours=hours, spans=SPANS, parts=PARTS, **await _shown(page, hours))


async def live(page: Page) -> Response:
    """The parts of the page that have changed, as server-sent events: JSON, markup by the part's name."""
    hours = page.query().number("hours")
    pieces = _events(page, hours if hours in SPANS else USUAL_HOURS)
    first = await anext(pieces)  # what is refused is refused here, before the stream has begun

    async def events() -> AsyncGenerator[str, None]:
        yield first
        async for piece in pieces:
            yield piece

    return page.stream(events(), "text/event-stream")


async def _events(page: Page, hours: int) -> AsyncGenerator[str, None]:
    """Raises what is refused before the first event; later ends."""
    door = page.site.front_door
    caller = door.caller(client_address(page.request.scope), page.visitor.subject_id)
    sent: dict[str, str] = {}
    ends = asyncio.get_running_loop().time() + STREAM_SECONDS
    with door.bounds.stream(caller, ("day", hours)):
        while asyncio.get_running_loop().time() < ends:
            try:
                shown = await _shown(page, hours)
            except Refusal:
                if not sent:
                    raise
                return
            parts = {name: page.text(f"operation/day_{name}.html", **shown) for name in PARTS}
            news = {name: text for name, text in parts.items() if sent.get(name) != text}
            sent = parts
            yield f"data: {json.dumps(news, ensure_ascii=False)}\n\n"
            if await door.leaves_within(RENEWED_EVERY_SECONDS):
                return


async def _shown(page: Page, hours: int) -> Mapping[str, Any]:
    day, sessions, attention, districts = await asyncio.gather(
        activity_of(page, hours * MINUTES),
        sessions_of(page),
        attention_of(page),
        unless_away(page.ask(catalogue_service_pb2.ListDistrictsRequest())),
    )
    names = {one.district_code: one.display_name for one in districts.districts} if districts else {}
    return {
        "day": day,
        "kinds": Kind,
        "charts": list(charts(page, day)),
        "maps": _maps(page, sessions or (), names),
        "attention": attention,
        "now": page.site.clock.now(),
    }


def _maps(
    page: Page, sessions: Sequence[SessionFill], districts: Mapping[str, str]
) -> Sequence[tuple[catalogue_pb2.ExamSession, HeatMap]]:
    """Of the sessions that are open; where none is, of the newest that has selections."""
    counted = [one for one in sessions if one.counts is not None and one.live]
    opened = [one for one in counted if one.session.state == catalogue_pb2.ExamSession.OPEN]
    return [(one.session, heat_map(page, one.counts, districts)) for one in opened or counted[-1:] if one.counts]
