"""What each RPC by which staff change something, or look at a person, leaves in the audit log: one entry, with who, on
whom and why (RE-11, ID-19). Which RPCs these are is read off the contracts.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from chassis.ids import new_id
from chassis.postgres.database import Database
from services.identity.config import OidcProviderConfig
from services.identity.domain.messages.message_kinds import Message, MessageKind
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.software_authenticator import SoftwareAuthenticator
from tests.integration.identity.staff_member import INITIAL, PASSWORD, Member, hire
from tests.integration.identity.test_corrections import verified
from tests.integration.identity.world import World
from tests.support.staff_acts import Act, answer_and_note, check_note, recorded_rpcs

RECORDED: Final = recorded_rpcs("identity")

ELSEWHERE: Final = {
    "GetCaseCandidate": "review admits the look at the person of a case, and notes it in its own log",
    "GetCasePortrait": "review admits the look at the person of a case, and notes it in its own log",
    "SearchCandidates": "leaves an entry for everybody found beside its own, as the tests of support show",
}
"""RPCs that this does not drive."""

PROVIDER: Final = OidcProviderConfig(
    issuer="https://login.example",
    client_id="zikao",
    client_secret="secret",
    organisation=people.SCHOOL,
    name_zh="学校",
    name_en="School",
)
PAID: Final = {"order_id": new_id(), "order_number": "6138-C7E0", "amount_fen": "4200"}


Ready = Callable[[World], Awaitable[Act]]


def on_candidate(**values: Any) -> Ready:
    """What an operator does to a candidate."""

    async def ready(world: World) -> Act:
        candidate_id = (await verified(world)).candidate_id
        asked = {"candidate_id": candidate_id, **values}
        return Act(await world.operator(), candidate_id, asked, candidate_id)

    return ready


def on_staff(**values: Any) -> Ready:
    """What an operator does to a member of staff."""

    async def ready(world: World) -> Act:
        member = await hire(world)
        return Act(await world.operator(), member.staff_id, {"staff_id": member.staff_id, **values})

    return ready


async def on_squatter(world: World) -> Act:
    candidate_id = (await world.visitor.register()).candidate_id
    values = {"candidate_id": candidate_id, "reason": "the document was seen at the desk"}
    return Act(await world.operator(), candidate_id, values, candidate_id)


async def resending(world: World) -> Act:
    candidate_id = (await verified(world)).candidate_id
    message = Message(candidate_id, MessageKind.ORDER_PAID, new_id(), world.clock.now(), PAID, message_id=new_id())
    await world.deps.messages.add_message_to(message, [])
    values = {"message_id": message.message_id, "reason": "says on the telephone that nothing came"}
    return Act(await world.operator(), message.message_id, values, candidate_id)


async def importing(world: World) -> Act:
    row = {"document_type": "RESIDENT_CARD", "document_number": people.resident_number(), "display_name": "李四"}
    return Act(await world.operator(), "", {"rows": [{**row, "school_code": people.SCHOOL}]})


async def hiring(world: World) -> Act:
    login_name = f"reviewer-{people.CHANCE.randrange(10**9)}"
    staff = {"login_name": login_name, "display_name": "李华", "kind": "REVIEWER", "organisation": people.SCHOOL}
    return Act(await world.operator(), "", {"staff": staff, "initial_password": INITIAL})


async def unlinking(world: World) -> Act:
    act = await on_staff(reason="returned the card")(world)
    subject = f"s-{people.CHANCE.randrange(10**9)}"
    await act.caller("LinkStaffIdentity", staff_id=act.object_id, provider_id="school", subject=subject)
    return act


async def changing_the_password(world: World) -> Act:
    member = await hire(world)
    values = {"subject_id": "me", "old_password": PASSWORD, "new_password": PASSWORD + "x"}
    return Act(await member.log_in(), member.staff_id, values)


async def enrolling_an_app(world: World) -> Act:
    member = await hire(world)
    caller = await member.log_in()
    member.secret = (await caller("StartTotpEnrolment")).secret
    return Act(caller, member.staff_id, {"totp_code": member.code()})


async def enrolled(world: World) -> tuple[Member, Caller]:
    member = await hire(world)
    proven, _ = await member.enrol(await member.log_in())
    return member, proven


async def with_an_app(world: World) -> Act:
    member, proven = await enrolled(world)
    return Act(proven, member.staff_id)


async def enrolling_a_passkey(world: World) -> Act:
    member = await hire(world)
    caller = await member.log_in()
    answer = SoftwareAuthenticator().create((await caller("StartPasskeyEnrolment")).options_json)
    return Act(caller, member.staff_id, {"passkey_name": "key", "passkey_answer_json": answer})


async def removing_a_passkey(world: World) -> Act:
    act = await enrolling_a_passkey(world)
    made = await act.caller("ConfirmPasskeyEnrolment", **act.values)
    proven = world.holder_of(made.tokens)
    [passkey] = (await proven("GetSecondFactors")).passkeys
    return Act(proven, act.object_id, {"passkey_id": passkey.passkey_id})


ACTS: Final[dict[str, Ready]] = {
    "GetCandidate": on_candidate(),
    "GetPortrait": on_candidate(),
    "InspectPortrait": on_candidate(),
    "RequireCorrection": on_candidate(reason="PHOTO_UNFIT"),
    "ImportCandidates": importing,
    "ListMessages": on_candidate(),
    "ResendMessage": resending,
    "EndCandidateLogins": on_candidate(reason="asked for by telephone"),
    "EndCandidateAccount": on_squatter,
    "CreateStaff": hiring,
    "LinkStaffIdentity": on_staff(provider_id="school", subject=new_id()),
    "UnlinkStaffIdentities": unlinking,
    "DisableStaff": on_staff(reason="left in May"),
    "ResetSecondFactors": on_staff(reason="lost, known by sight"),
    "ChangePassword": changing_the_password,
    "ConfirmTotpEnrolment": enrolling_an_app,
    "DeleteTotp": with_an_app,
    "CreateBackupCodes": with_an_app,
    "ConfirmPasskeyEnrolment": enrolling_a_passkey,
    "DeletePasskey": removing_a_passkey,
}


@pytest.mark.parametrize("config", [{"sign_in_providers": {"school": PROVIDER}}], indirect=True)
@pytest.mark.parametrize("rpc", sorted(RECORDED.keys() - ELSEWHERE.keys()))
async def test_what_staff_do_leaves_one_entry_with_who_on_whom_and_why(  # RE-11, ID-19
    world: World, db: Database, rpc: str
) -> None:
    act = await ACTS[rpc](world)
    answer, note = await answer_and_note(db, rpc, act)
    check_note(note, RECORDED[rpc], act, answer.staff_id if rpc == "CreateStaff" else "")
