"""The candidate's home: who they are, their registrations, and what to do next."""

from starlette.responses import Response

from chassis.tokens import Access
from gateway.portal.entrance import HOMES
from gateway.web.page import Page


async def show(page: Page) -> Response:
    """The notice and the login for a visitor; the home of whoever has logged in."""
    if page.visitor.kind is Access.CANDIDATE:
        return page.render("portal/home.html")
    return page.redirect(HOMES.get(page.visitor.kind, "/login"))
