"""The accounts of staff, as operators keep them (OP-1)."""

from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.identity.v1 import staff_service_pb2

from chassis.errors import StaleEtag
from tests.integration.gateway.logged_in_browser import ME, Browser

OTHER = "019a0000-0000-7000-8000-0000000000e2"


async def test_nobody_is_offered_to_disable_their_own_account(operator: Browser) -> None:
    known = staff_service_pb2.ListStaffResponse()
    known.staff.add(staff_id=ME, login_name="operator", kind="OPERATOR", organisation="AUTHORITY")
    known.staff.add(staff_id=OTHER, login_name="reviewer", kind="REVIEWER", organisation="10269")
    operator.services.answers["StaffService.ListStaff"] = known
    page = (await operator.get("/operation/staff")).text
    assert f"/operation/staff/{OTHER}/disable" in page
    assert f"/operation/staff/{ME}/disable" not in page


async def test_an_initial_password_never_comes_back_to_the_page(operator: Browser) -> None:
    operator.services.answers["StaffService.ListStaff"] = staff_service_pb2.ListStaffResponse()
    operator.services.answers["StaffService.CreateStaff"] = StaleEtag()
    answer = await operator.send(
        "/operation/staff", login_name="liwei", display_name="李伟", kind="3", initial_password="secret-of-nine"
    )
    assert "secret-of-nine" not in answer.text
    assert 'value="liwei"' in answer.text
    asked = operator.asked("StaffService/CreateStaff", staff_service_pb2.CreateStaffRequest)
    assert asked.staff == identity_pb2.Staff(login_name="liwei", display_name="李伟", kind="REVIEWER")
