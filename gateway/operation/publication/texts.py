"""Publishing what candidates read and accept: notices, pledge, undertaking, each in versions (EN-2, ID-5, PA-1)."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2

from chassis.errors import NotFound
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page
from gateway.web.published_texts import find_text

Text = catalogue_pb2.Text
KINDS: Final = tuple(value.name for value in Text.Kind.DESCRIPTOR.values if value.number)
WORDS: Final = ("title_zh", "body_zh", "title_en", "body_en")
EVERYWHERE: Final = "*"


async def show_all(page: Page) -> Response:
    """Each kind in its newest version for all."""
    texts = await asyncio.gather(*(find_text(page, kind, EVERYWHERE) for kind in KINDS))
    return page.render("operation/texts.html", texts=list(zip(KINDS, texts, strict=True)), kind_of=Text.Kind.Value)


async def show(page: Page, form: Form = BLANK) -> Response:
    """One text in its newest version or an earlier one, and the form for the next."""
    kind, asked = _kind(page), page.query()
    scope = form["scope"] or asked["scope"] or EVERYWHERE
    newest, scopes = await asyncio.gather(find_text(page, kind, scope), _scopes(page, kind))
    shown = await find_text(page, kind, scope, asked["version"]) if asked["version"] else newest
    return page.render(
        "operation/text.html",
        kind=kind,
        kind_of=Text.Kind.Value,
        scope=scope,
        scopes=scopes,
        newest=newest,
        shown=shown,
        own=newest is not None and newest.scope == scope,
        earlier=range(int(newest.version) - 1, 0, -1) if newest else (),
        published=asked["published"],
        form=form.with_defaults(
            # For whom it is published is said in the form itself: what is chosen beside it only shows another text.
            {"scope": scope} | {name: getattr(shown, name) if shown else "" for name in WORDS}
        ),
    )


async def preview(page: Page) -> Response:
    """Shows what was typed as candidates will read it; nothing changes. `edit` goes back to the form with it."""
    form = page.form()
    if form["edit"]:
        return await show(page, form)
    return page.render("operation/text_preview.html", kind=_kind(page), kind_of=Text.Kind.Value, form=form)


async def publish(page: Page) -> Response:
    """Publishes what was shown: from now on only this version can be accepted."""
    form, kind = page.form(), _kind(page)
    text = Text(kind=Text.Kind.Value(kind), scope=form["scope"], **{name: form[name] for name in WORDS})  # type: ignore[arg-type]
    return await page.submit(
        catalogue_service_pb2.CreateTextRequest(text=text),
        form,
        show,
        lambda done: f"/operation/texts/{kind}?scope={done.scope}&published={done.version}",
    )


async def _scopes(page: Page, kind: str) -> Sequence[tuple[str, str]]:
    """For whom a text of this kind can be: everybody, and the schools or the sessions."""
    everybody = (EVERYWHERE, page.say("通用", "for all"))
    if kind == "SCHOOL_NOTICE":
        schools = await page.ask(catalogue_service_pb2.ListSchoolsRequest())
        return [everybody, *((one.school_code, f"{one.display_name} {one.school_code}") for one in schools.schools)]
    if kind == "SESSION_NOTICE":
        sessions = await page.ask(catalogue_service_pb2.ListSessionsRequest())
        return [everybody, *((one.session_id, one.session_id) for one in sessions.sessions)]
    return [everybody]


def _kind(page: Page) -> str:
    """The kind that the address names. Raises NotFound."""
    kind = page.params["kind"]
    if kind not in KINDS:
        raise NotFound()
    return kind
