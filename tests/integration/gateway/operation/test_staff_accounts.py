"""The accounts of staff, as operators keep them (OP-1)."""

from typing import Any

from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.identity.v1 import sign_in_service_pb2, staff_service_pb2

from chassis.errors import StaleEtag
from tests.integration.gateway.logged_in_browser import ME, Browser

OTHER = "019a0000-0000-7000-8000-0000000000e2"


NO_PROVIDERS = sign_in_service_pb2.ListSignInProvidersResponse()


def account(**values: Any) -> identity_pb2.Staff:
    given = {"login_name": "reviewer", "display_name": "李华", "kind": "REVIEWER", "organisation": "10269"}
    return identity_pb2.Staff(**{**given, **values})


async def test_nobody_is_offered_to_disable_their_own_account(operator: Browser) -> None:
    operator.services.answers["SignInService.ListSignInProviders"] = NO_PROVIDERS
    for staff_id, offered in ((OTHER, True), (ME, False)):
        operator.services.answers["StaffService.GetStaff"] = account(staff_id=staff_id)
        page = (await operator.get(f"/operation/staff/{staff_id}")).text
        assert (f"/operation/staff/{staff_id}/disable" in page) is offered


async def test_an_account_is_disabled_with_a_reason_that_its_page_shows(operator: Browser) -> None:  # RE-11
    disabled = account(staff_id=OTHER, disabled=True, disable_reason="五月离职")
    operator.services.answers["StaffService.DisableStaff"] = disabled
    answer = await operator.send(f"/operation/staff/{OTHER}/disable", disable_reason="五月离职")
    assert answer.headers["location"] == f"/operation/staff/{OTHER}"
    asked = operator.asked("StaffService/DisableStaff", staff_service_pb2.DisableStaffRequest)
    assert asked == staff_service_pb2.DisableStaffRequest(staff_id=OTHER, reason="五月离职")
    operator.services.answers["StaffService.GetStaff"] = disabled
    operator.services.answers["SignInService.ListSignInProviders"] = NO_PROVIDERS
    assert "停用原因：五月离职" in (await operator.get(f"/operation/staff/{OTHER}")).text


async def test_an_initial_password_never_comes_back_to_the_page(operator: Browser) -> None:
    operator.services.answers["StaffService.ListStaff"] = staff_service_pb2.ListStaffResponse()
    operator.services.answers["CatalogueService.ListSchools"] = catalogue_service_pb2.ListSchoolsResponse()
    operator.services.answers["StaffService.CreateStaff"] = StaleEtag()
    answer = await operator.send(
        "/operation/staff", login_name="liwei", display_name="李伟", kind="3", initial_password="secret-of-nine"
    )
    assert "secret-of-nine" not in answer.text
    assert 'value="liwei"' in answer.text
    asked = operator.asked("StaffService/CreateStaff", staff_service_pb2.CreateStaffRequest)
    assert asked.staff == identity_pb2.Staff(login_name="liwei", display_name="李伟", kind="REVIEWER")


async def test_an_account_is_made_for_the_authority_or_a_school_of_the_catalogue(operator: Browser) -> None:  # RE-2
    school = catalogue_pb2.School(school_code="10269", display_name="华东师范大学")
    schools = catalogue_service_pb2.ListSchoolsResponse(schools=[school])
    operator.services.answers["StaffService.ListStaff"] = staff_service_pb2.ListStaffResponse()
    operator.services.answers["CatalogueService.ListSchools"] = schools
    page = (await operator.get("/operation/staff")).text
    for value, name in (("10269", "华东师范大学 10269"), ("AUTHORITY", "考试院")):
        assert f'<option value="{value}">{name}</option>' in page
