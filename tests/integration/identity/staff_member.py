"""A member of staff with a second factor."""

from datetime import timedelta

import pyotp
from zikao.common.v1 import access_pb2
from zikao.identity.v1 import resources_pb2

from chassis.errors import RemoteRefusal
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.world import World

INITIAL, PASSWORD = "Initial-Pass-9", "Chosen-Pass-9"
STEP = timedelta(seconds=30)


class Member:
    """A reviewer with a password, who perhaps has an authenticator app."""

    def __init__(self, world: World, login_name: str, staff_id: str) -> None:
        self.world, self.login_name, self.staff_id = world, login_name, staff_id
        self.secret = ""

    async def log_in(self) -> Caller:
        return await self.world.visitor.log_in(self.login_name, PASSWORD)

    def code(self) -> str:
        """What the app shows; a moment later it is another."""
        self.world.clock.advance(STEP)
        return pyotp.TOTP(self.secret).at(self.world.clock.now())

    async def enrol(self, caller: Caller) -> tuple[Caller, list[str]]:
        """With an app from now on: the proven login session, and the backup codes."""
        self.secret = (await caller("StartTotpEnrolment")).secret
        enrolled = await caller("ConfirmTotpEnrolment", totp_code=self.code())
        return self.world.holder_of(enrolled.tokens), list(enrolled.backup_codes)

    async def prove(self, caller: Caller, **proof: str) -> Caller:
        return self.world.holder_of(await caller("ProveSecondFactor", **(proof or {"totp_code": self.code()})))


async def hire(world: World) -> Member:
    """A reviewer whose initial password has been changed, with an app where the role requires one."""
    login_name = f"reviewer-{people.CHANCE.randrange(10**9)}"
    staff = resources_pb2.Staff(
        login_name=login_name, display_name="李华", kind=access_pb2.REVIEWER, organisation=people.SCHOOL
    )
    made = await (await world.operator())("CreateStaff", staff=staff, initial_password=INITIAL)
    one = Member(world, login_name, made.staff_id)
    first = await world.visitor.log_in(login_name, INITIAL)
    tokens = await first("ChangePassword", subject_id="me", old_password=INITIAL, new_password=PASSWORD)
    if tokens.needs_second_factor:
        await one.enrol(world.holder_of(tokens))
    return one


async def may_work(caller: Caller) -> str:
    """What an ordinary RPC of staff answers: the reason of its refusal, or nothing."""
    try:
        await caller("ListCandidates")
    except RemoteRefusal as refusal:
        return refusal.reason
    return ""
