"""Signing in through a school's provider (ID-18)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey
from zikao.common.v1 import external_system_pb2
from zikao.identity.v1 import resources_pb2, sign_in_service_pb2
from zikao.identity.v1.external_system_service_pb2_grpc import ExternalSystemServiceStub

from chassis.clock import ManualClock
from services.identity.config import Config, OidcProviderConfig
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.neighbours import Neighbours
from tests.integration.identity.outside_systems import OutsideSystems
from tests.integration.identity.sign_in_provider import CLIENT_ID, CLIENT_SECRET, SchoolProvider
from tests.integration.identity.staff_member import Member, hire, may_work
from tests.integration.identity.world import World, served
from tests.support.refusals import refusal_of

OTHER_SCHOOL = "10246"


@dataclass
class SignIns:
    """A school's provider, a member of its staff, and the member's browser."""

    provider: SchoolProvider
    member: Member

    @property
    def world(self) -> World:
        return self.member.world

    async def start(self) -> sign_in_service_pb2.SignInStart:
        answer: sign_in_service_pb2.SignInStart = await self.world.visitor("StartSignIn", provider_id="school")
        return answer

    async def sign_in(self) -> Caller:
        begun = await self.start()
        state, code = self.provider.visit(begun.authorization_url)
        return await self.complete(begun.sealed_attempt, state, code)

    async def complete(self, sealed_attempt: str, state: str, code: str) -> Caller:
        tokens = await self.world.visitor(
            "CompleteSignIn", sealed_attempt=sealed_attempt, state=state, authorization_code=code
        )
        return self.world.holder_of(tokens)

    async def link(self, **values: str) -> resources_pb2.Staff:
        asked = {"staff_id": self.member.staff_id, "provider_id": "school", "subject": self.provider.subject, **values}
        answer: resources_pb2.Staff = await (await self.world.operator())("LinkStaffIdentity", **asked)
        return answer


@pytest.fixture
def proves_second_factor() -> bool:
    return False


@pytest.fixture
async def signing(
    config: Config,
    clock: ManualClock,
    outside: OutsideSystems,
    neighbours: Neighbours,
    proves_second_factor: bool,
) -> AsyncIterator[SignIns]:
    provider = SchoolProvider(clock, subject=f"s-{people.CHANCE.randrange(10**12)}")
    async with provider.serving() as issuer:
        common = {
            "issuer": issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "name_zh": "华东师范大学",
            "name_en": "ECNU",
            "proves_second_factor": proves_second_factor,
            "timeout": timedelta(seconds=1),
        }
        providers = {
            "school": OidcProviderConfig(organisation=people.SCHOOL, **common),
            "other": OidcProviderConfig(organisation=OTHER_SCHOOL, **common),
        }
        wired = config.model_copy(update={"sign_in_providers": providers})
        async with served(wired, clock, outside, neighbours) as world:
            yield SignIns(provider, await hire(world))


async def refused(signing: SignIns) -> str:
    return (await refusal_of(signing.sign_in())).reason


async def test_a_linked_account_is_signed_in_to(signing: SignIns) -> None:  # ID-18
    linked = await signing.link()
    assert [one.subject for one in linked.identities] == [signing.provider.subject]
    caller = await signing.sign_in()
    assert (caller.subject_id, await may_work(caller)) == (signing.member.staff_id, "")


async def test_nobody_gets_an_account_by_signing_in(signing: SignIns) -> None:  # ID-18
    before = len((await (await signing.world.operator())("ListStaff", page_size=200)).staff)
    assert await refused(signing) == "SIGN_IN_UNKNOWN"
    assert len((await (await signing.world.operator())("ListStaff", page_size=200)).staff) == before


async def test_a_disabled_account_is_not_signed_in_to(signing: SignIns) -> None:  # ID-18
    await signing.link()
    await (await signing.world.operator())("DisableStaff", staff_id=signing.member.staff_id, reason="left")
    assert await refused(signing) == "SIGN_IN_UNKNOWN"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": 7},
    ],
    ids=str,
)
async def test_a_token_that_proves_nobody_is_refused(signing: SignIns, claims: dict[str, Any]) -> None:  # ID-18
    await signing.link()
    signing.provider.claims = claims
    assert await refused(signing) == "SIGN_IN_REFUSED"


async def test_only_the_providers_own_key_signs(signing: SignIns) -> None:  # ID-18
    await signing.link()
    signing.provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert await refused(signing) == "SIGN_IN_REFUSED"
    signing.provider.signs_with = OctKey.import_key(CLIENT_SECRET * 2, {"kid": "one"})
    signing.provider.algorithm = "HS256"
    assert await refused(signing) == "SIGN_IN_REFUSED"
    signing.provider.algorithm = "none"
    assert await refused(signing) == "SIGN_IN_REFUSED"


async def test_keys_that_the_provider_has_changed_are_fetched_anew(signing: SignIns) -> None:  # ID-18
    await signing.link()
    await signing.sign_in()
    signing.provider.key = RSAKey.generate_key(2048, {"kid": "two"})
    assert await may_work(await signing.sign_in()) == ""


async def test_an_answer_fits_only_the_attempt_of_its_browser(signing: SignIns) -> None:  # ID-18
    await signing.link()
    mine, theirs = await signing.start(), await signing.start()
    state, code = signing.provider.visit(theirs.authorization_url)
    for sealed, given in ((mine.sealed_attempt, state), (theirs.sealed_attempt, "guessed"), ("made-up", state)):
        assert (await refusal_of(signing.complete(sealed, given, code))).reason == "SIGN_IN_EXPIRED"
    stolen, _ = signing.provider.visit(mine.authorization_url)
    assert (await refusal_of(signing.complete(mine.sealed_attempt, stolen, code))).reason == "SIGN_IN_REFUSED"


async def test_an_attempt_is_good_for_ten_minutes_and_a_code_for_one_use(signing: SignIns) -> None:  # ID-18
    await signing.link()
    begun = await signing.start()
    state, code = signing.provider.visit(begun.authorization_url)
    await signing.complete(begun.sealed_attempt, state, code)
    assert (await refusal_of(signing.complete(begun.sealed_attempt, state, code))).reason == "SIGN_IN_REFUSED"
    signing.world.clock.advance(timedelta(minutes=10))
    assert (await refusal_of(signing.complete(begun.sealed_attempt, state, code))).reason == "SIGN_IN_EXPIRED"


@pytest.mark.parametrize("how", ["silent", "failing"])
async def test_a_provider_that_is_away_is_said_to_be(signing: SignIns, how: str) -> None:  # ID-18
    signing.provider.silent, signing.provider.status = how == "silent", 503
    assert (await refusal_of(signing.start())).reason == "SIGN_IN_PROVIDER_UNAVAILABLE"
    assert await signing.member.log_in()


async def test_a_second_factor_is_asked_for_as_after_a_password(signing: SignIns) -> None:  # ID-18
    await signing.link()
    await signing.member.enrol(await signing.member.log_in())
    caller = await signing.sign_in()
    assert await may_work(caller) == "SECOND_FACTOR_REQUIRED"
    assert await may_work(await signing.member.prove(caller)) == ""


@pytest.mark.parametrize("proves_second_factor", [True])
async def test_unless_the_provider_asks_for_it_itself(signing: SignIns) -> None:  # ID-18
    await signing.link()
    await signing.member.enrol(await signing.member.log_in())
    assert await may_work(await signing.sign_in()) == ""


async def test_a_subject_is_one_account_of_its_own_organisation(signing: SignIns) -> None:  # ID-18
    await signing.link()
    assert (await signing.link()).identities
    elsewhere = await refusal_of(signing.link(provider_id="other"))
    assert elsewhere.reason == "PROVIDER_OF_ANOTHER_ORGANISATION"
    second = await hire(signing.world)
    assert (await refusal_of(signing.link(staff_id=second.staff_id))).reason == "IDENTITY_TAKEN"
    operator = await signing.world.operator()
    assert not (await operator("UnlinkStaffIdentities", staff_id=signing.member.staff_id, reason="left")).identities
    assert await refused(signing) == "SIGN_IN_UNKNOWN"


async def test_providers_are_listed_without_their_secrets(signing: SignIns) -> None:  # ID-18
    listed = (await signing.world.visitor("ListSignInProviders")).providers
    assert [(one.provider_id, one.organisation) for one in listed] == [
        ("school", people.SCHOOL),
        ("other", OTHER_SCHOOL),
    ]
    assert CLIENT_SECRET not in str(listed)


async def test_operators_see_how_a_provider_fares(signing: SignIns) -> None:  # OP-2, ID-18
    operator = await signing.world.operator()
    stub = ExternalSystemServiceStub(signing.world.peer)

    async def seen() -> external_system_pb2.ExternalSystem:
        answer = await stub.ListExternalSystems(
            external_system_pb2.ListExternalSystemsRequest(), metadata=operator.metadata
        )
        [found] = [
            one
            for one in answer.systems
            if (one.role, one.name) == (external_system_pb2.ExternalSystem.SIGN_IN_PROVIDER, "school")
        ]
        return found

    signing.provider.status = 503
    assert (await refusal_of(signing.start())).reason == "SIGN_IN_PROVIDER_UNAVAILABLE"
    assert (await seen()).failure == "HTTP 503"
    signing.provider.status = 200
    await signing.start()
    assert not (await seen()).HasField("failing_since_time")


async def fresh(signing: SignIns) -> Caller:
    begun = await signing.world.visitor("StartSignIn", provider_id="school", fresh=True)
    assert {"prompt=login", "max_age=0"} <= set(begun.authorization_url.split("&"))
    state, code = signing.provider.visit(begun.authorization_url)
    return await signing.complete(begun.sealed_attempt, state, code)


async def test_who_signs_in_by_a_provider_proves_themselves_there_anew(signing: SignIns) -> None:  # ID-17, ID-18
    await signing.link()
    long_ago = int(signing.world.clock.now().timestamp()) - 3600
    signing.provider.claims = {"auth_time": long_ago}
    caller = await signing.sign_in()
    factors = await caller("GetSecondFactors")
    assert (factors.may_change, factors.sign_in_provider_id) == (False, "school")
    assert (await refusal_of(caller("StartTotpEnrolment"))).reason == "RECENT_PROOF_REQUIRED"
    for nothing_new in ({"auth_time": long_ago}, {}, {"auth_time": True}):
        signing.provider.claims = nothing_new
        assert (await refusal_of(fresh(signing))).reason == "SIGN_IN_REFUSED"
    signing.provider.claims = {"auth_time": int(signing.world.clock.now().timestamp())}
    proven = await fresh(signing)
    assert (await proven("GetSecondFactors")).may_change
    assert (await proven("StartTotpEnrolment")).secret


async def test_whom_a_provider_vouches_for_needs_no_change_of_an_initial_password(signing: SignIns) -> None:  # ID-18
    operator, login_name = await signing.world.operator(), f"reviewer-{people.CHANCE.randrange(10**9)}"
    staff = {"login_name": login_name, "display_name": "李华", "kind": "REVIEWER", "organisation": people.SCHOOL}
    made = await operator("CreateStaff", staff=staff, initial_password="Initial-of-9-others")
    await signing.link(staff_id=made.staff_id)
    caller = await signing.sign_in()
    assert (caller.subject_id, await may_work(caller)) == (made.staff_id, "")
    renewed = await signing.world.visitor("RefreshLoginSession", refresh_token=caller.tokens.refresh_token)
    assert not renewed.needs_password_change
