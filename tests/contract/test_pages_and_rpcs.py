"""Whatever an RPC lets candidates, reviewers and operators do, a page lets them do (GW-4)."""

from collections.abc import Mapping
from typing import Final

import pytest

from chassis.security.tokens import Access
from gateway.console.routes import PAGES as CONSOLE
from gateway.contracts.rpcs import Contracts, Rpc, public_name
from gateway.operation.routes import PAGES as OPERATION
from gateway.portal.routes import PAGES as PORTAL
from gateway.web import page_endpoint
from tests.support.page_calls import handlers_open_to, requests_of

PAGES: Final = (*PORTAL, *CONSOLE, *OPERATION)
PEOPLE: Final = (Access.CANDIDATE, Access.REVIEWER, Access.OPERATOR)

BY_SCRIPT: Final = "a script of the page that is named calls it at the API; without scripts another way stands there"
SHOWN_BY_ANOTHER: Final = "the pages show the same from the answer of another RPC"
NO_PERSON: Final = "no person calls it"

NO_PAGE: Final[Mapping[str, str]] = {
    "enrollment.CatalogueService.GetCourse": f"{SHOWN_BY_ANOTHER}: plan and timetable name the courses",
    "enrollment.CatalogueService.ListSittings": f"{SHOWN_BY_ANOTHER}: the offers of a plan have their sittings",
    "enrollment.EnrollmentService.GetRegistration": f"{SHOWN_BY_ANOTHER}: lists of registrations have them whole",
    "enrollment.EnrollmentService.ListGates": f"{SHOWN_BY_ANOTHER}: the candidate's overview has the gates",
    "identity.CandidateService.GetPortrait": f"{SHOWN_BY_ANOTHER}: staff look by InspectPortrait, which notes the look",
    "identity.SecondFactorService.StartPasskeyEnrolment": f"{BY_SCRIPT}: passkey.js; a TOTP",
    "identity.SecondFactorService.StartPasskeyProof": f"{BY_SCRIPT}: passkey.js; a TOTP",
    "payment.PaymentService.ReceivePaymentNotification": f"{NO_PERSON}: payment platforms do",
    "payment.PaymentService.WatchOrder": f"{BY_SCRIPT}: order.js; the page refreshes by a button",
}
"""The exceptions, each with its reason. One whose page has come is taken out; a test says so."""


def rpcs_without_page(kind: Access) -> set[str]:
    """The RPCs open to a kind of people for which no page that is open to them asks."""
    asked = requests_of((*handlers_open_to(PAGES, kind), page_endpoint.routes))
    opened = (rpc for rpc in Contracts.load().rpcs if _open_to(rpc, kind))
    return {public_name(rpc.name) for rpc in opened if rpc.descriptor.input_type.full_name not in asked}


def _open_to(rpc: Rpc, kind: Access) -> bool:
    """What is open to anybody is looked for among the candidates' pages, most of which are too."""
    return kind in rpc.access.kinds or (kind is Access.CANDIDATE and rpc.access.public)


@pytest.mark.parametrize("kind", PEOPLE)
def test_what_an_rpc_lets_people_do_a_page_lets_them_do(kind: Access) -> None:  # GW-4
    assert rpcs_without_page(kind) - NO_PAGE.keys() == set()


def test_every_exception_is_one_still() -> None:  # GW-4
    assert NO_PAGE.keys() - set().union(*map(rpcs_without_page, PEOPLE)) == set()


def test_a_handler_is_followed_to_whatever_it_asks_and_no_further() -> None:  # GW-4
    (orders,) = (page for page in PORTAL if page.path == "/orders")
    assert "zikao.payment.v1.ListOrdersRequest" in requests_of([orders.show])
    assert "zikao.payment.v1.PayOrderRequest" not in requests_of([orders.show])
