"""Signing in through an organisation's provider: away to it, and back (ID-18)."""

from typing import Final
from urllib.parse import quote, unquote

from starlette.responses import Response
from zikao.identity.v1 import sign_in_service_pb2

from chassis.errors import Refusal
from gateway.portal.account.login_and_password import after_login, show_login
from gateway.web.form import BLANK
from gateway.web.page_request import PROVIDER_TTL, Page

ATTEMPT: Final = "zikao_sign_in"
"""The cookie that holds a sealed attempt while its browser is at the provider."""

AGAIN: Final = "again"
MOST_FOLLOWING: Final = 2_000
FOLLOWING: Final = "zikao_sign_in_next"
"""The cookie that holds where the sign-in leads on to; it is believed only as a path of ours."""
NOT_SIGNED_IN: Final = ("本单位登录未完成，请再试一次。", "The sign-in was not completed; please try again.")


async def start(page: Page) -> Response:
    """Sends the browser to the provider, which asks the person `again` where they are to prove themselves (ID-17). A
    link leads here and no form, since a provider is no address of ours.
    """
    try:
        fresh = bool(page.query()[AGAIN])
        begun = await page.ask(page.fill(sign_in_service_pb2.StartSignInRequest, fresh=fresh))
    except Refusal as refusal:
        return await show_login(page, BLANK.refused(refusal, page.language))
    until, following = page.now + PROVIDER_TTL, quote(page.query()["next"], safe="")
    page.cookies.append(page.jar.set(ATTEMPT, begun.sealed_attempt, until=until))
    fits = len(following) <= MOST_FOLLOWING
    page.cookies.append(page.jar.set(FOLLOWING, following, until=until) if fits else page.jar.clear(FOLLOWING))
    return page.redirect_to_provider(begun.authorization_url)


async def complete(page: Page) -> Response:
    """The browser is back: the provider's word opens a login session, if it answers this browser's attempt. It leads to
    where the sign-in was asked for, with the form that came too late (ID-17, GW-8).
    """
    told, attempt, following = page.query(), page.jar.get(ATTEMPT), unquote(page.jar.get(FOLLOWING))
    page.cookies += [page.jar.clear(ATTEMPT), page.jar.clear(FOLLOWING)]
    page.take_late_form()
    if not (attempt and told["state"] and told["code"]):
        return await show_login(page, page.mend(BLANK, "", *NOT_SIGNED_IN))
    request = sign_in_service_pb2.CompleteSignInRequest(
        sealed_attempt=attempt, state=told["state"], authorization_code=told["code"]
    )
    try:
        tokens = await page.ask(request)
    except Refusal as refusal:
        return await show_login(page, BLANK.refused(refusal, page.language))
    page.log_in(tokens)
    return after_login(page, tokens, following)
