"""Staff accounts."""

from collections.abc import Collection, Sequence

from zikao.common.v1 import access_pb2
from zikao.identity.v1 import resources_pb2

from chassis.rpc.message_mapping import message_of
from services.identity.domain.authentication.sign_in import StaffIdentity
from services.identity.domain.staff import NewStaff, Staff, StaffKind


def staff_from(staff: resources_pb2.Staff) -> NewStaff:
    """The account that an operator asks for."""
    return NewStaff(
        login_name=staff.login_name,
        display_name=staff.display_name,
        kind=StaffKind[access_pb2.Access.Name(staff.kind)],
        organisation=staff.organisation,
    )


def staff_message(
    staff: Staff, factor_required_for: Collection[StaffKind], identities: Sequence[StaffIdentity] = ()
) -> resources_pb2.Staff:
    """A staff account in the contract's terms; some roles must have a second factor."""
    return message_of(
        resources_pb2.Staff,
        staff,
        second_factor_required=staff.kind in factor_required_for,
        identities=[message_of(resources_pb2.StaffIdentity, one) for one in identities],
    )
