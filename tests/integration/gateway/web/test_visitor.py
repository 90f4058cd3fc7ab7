"""What the pages tell identity of what staff do, so that their login sessions end when it stops (ID-18)."""

from datetime import timedelta

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.enrollment.v1 import catalogue_service_pb2
from zikao.identity.v1 import login_service_pb2, resources_pb2, staff_service_pb2

from chassis.errors import Contention, ServiceUnavailable
from chassis.security.tokens import Access
from gateway.http.cookies import ACCESS, REFRESH
from gateway.web.visitor import BACKGROUND
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, ME, access_token
from tests.support.identity_key import token_of

REFRESHES = "LoginService.RefreshLoginSession"
FRESH = resources_pb2.Tokens(
    access_token=access_token(Access.OPERATOR),
    refresh_token="next",
    login_session_id=LOGIN_SESSION,
    refresh_expire_time=Timestamp(seconds=4_000_000_000),
)


@pytest.fixture
def services(services: Services) -> Services:
    services.answers["StaffService.ListStaff"] = staff_service_pb2.ListStaffResponse()
    services.answers["CatalogueService.ListSchools"] = catalogue_service_pb2.ListSchoolsResponse()
    services.answers[REFRESHES] = FRESH
    return services


async def look(http: httpx.AsyncClient, *, minutes_old: int, background: bool = False) -> httpx.Response:
    """Looks at a page with a token of that age, which is good for long."""
    http.cookies.set(ACCESS, access_token(Access.OPERATOR, timedelta(minutes=minutes_old)))
    http.cookies.set(REFRESH, "this")
    return await http.get("/operation/staff", headers={BACKGROUND: "1"} if background else {})


def refreshes(services: Services) -> list[login_service_pb2.RefreshLoginSessionRequest]:
    wires = [one.wire for one in services.asked if one.path.endswith("/RefreshLoginSession")]
    return [login_service_pb2.RefreshLoginSessionRequest.FromString(wire) for wire in wires]


async def test_what_staff_do_is_told_by_the_minute(http: httpx.AsyncClient, services: Services) -> None:  # ID-18
    assert (await look(http, minutes_old=0)).status_code == 200
    assert refreshes(services) == []
    answer = await look(http, minutes_old=2)
    assert [(one.refresh_token, one.background) for one in refreshes(services)] == [("this", False)]
    assert "zikao_refresh=next" in " ".join(answer.headers.get_list("set-cookie"))


async def test_what_a_script_asks_is_no_activity(http: httpx.AsyncClient, services: Services) -> None:  # ID-18
    assert (await look(http, minutes_old=14, background=True)).status_code == 200
    assert refreshes(services) == []


async def test_a_page_is_shown_though_nobody_could_be_told(http: httpx.AsyncClient, services: Services) -> None:
    services.answers[REFRESHES] = Contention()
    assert (await look(http, minutes_old=2)).status_code == 200


@pytest.mark.parametrize(("seconds_left", "status"), [(30, 200), (-30, 503)])
async def test_a_restart_of_identity_logs_nobody_out(
    http: httpx.AsyncClient, services: Services, seconds_left: int, status: int
) -> None:  # GW-8, F-23
    services.answers[REFRESHES] = ServiceUnavailable(service="identity")
    left = timedelta(seconds=seconds_left)
    http.cookies.set(ACCESS, token_of(Access.OPERATOR, ME, LOGIN_SESSION, timedelta(minutes=15), left))
    http.cookies.set(REFRESH, "this")
    answer = await http.get("/operation/staff")
    assert answer.status_code == status
    assert "zikao_refresh" not in " ".join(answer.headers.get_list("set-cookie"))
    services.answers[REFRESHES] = FRESH
    assert (await http.get("/operation/staff")).status_code == 200
