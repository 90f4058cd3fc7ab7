"""Identity as it runs: a real server on a real PostgreSQL, with neighbours that remember what they hear."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from zikao.common.v1 import event_pb2, event_pb2_grpc
from zikao.identity.v1 import candidate_service_pb2 as candidate_api
from zikao.identity.v1 import case_candidate_service_pb2 as case_candidate_api
from zikao.identity.v1 import correction_service_pb2 as correction_api
from zikao.identity.v1 import login_service_pb2 as login_api
from zikao.identity.v1 import message_service_pb2 as message_api
from zikao.identity.v1 import personal_data_service_pb2 as personal_data_api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import second_factor_service_pb2 as factor_api
from zikao.identity.v1 import sign_in_service_pb2 as sign_in_api
from zikao.identity.v1 import staff_service_pb2 as staff_api
from zikao.identity.v1 import support_service_pb2 as support_api
from zikao.identity.v1.candidate_service_pb2_grpc import CandidateServiceStub
from zikao.identity.v1.case_candidate_service_pb2_grpc import CaseCandidateServiceStub
from zikao.identity.v1.correction_service_pb2_grpc import CorrectionServiceStub
from zikao.identity.v1.login_service_pb2_grpc import LoginServiceStub
from zikao.identity.v1.message_service_pb2_grpc import MessageServiceStub
from zikao.identity.v1.personal_data_service_pb2_grpc import PersonalDataServiceStub
from zikao.identity.v1.second_factor_service_pb2_grpc import SecondFactorServiceStub
from zikao.identity.v1.sign_in_service_pb2_grpc import SignInServiceStub
from zikao.identity.v1.staff_service_pb2_grpc import StaffServiceStub
from zikao.identity.v1.standing_service_pb2 import GetStandingRequest
from zikao.identity.v1.standing_service_pb2_grpc import StandingServiceStub
from zikao.identity.v1.support_service_pb2_grpc import SupportServiceStub

from chassis.clock import ManualClock
from chassis.config import PeersConfig
from chassis.ids import new_id
from chassis.rpc.client import Peer, ServiceTokens
from chassis.security.tokens import KEY_HOLDERS, Access, Principal, Signer
from chassis.service import Service
from services.identity.config import Config
from services.identity.dependencies import Dependencies
from services.identity.main import identity
from tests.integration.identity import people
from tests.integration.identity.callers import Caller, Rpcs
from tests.integration.identity.neighbours import Neighbours
from tests.integration.identity.outside_systems import OutsideSystems
from tests.support.credentials import forged_by
from tests.support.grpc_server import connected_peer

OPERATOR, OPERATOR_INITIAL, OPERATOR_PASSWORD = "operator", "Initial-of-1-first", "Chosen-by-1-first"


@dataclass
class World:
    """The running service, and everybody who talks to it."""

    config: Config
    service: Service[Dependencies]
    clock: ManualClock
    outside: OutsideSystems
    neighbours: Neighbours
    peer: Peer
    rpcs: Rpcs = field(init=False)
    methods: Mapping[str, MethodDescriptor] = field(init=False)
    """What the contracts say of the same."""

    def __post_init__(self) -> None:
        services = (
            (CandidateServiceStub(self.peer), candidate_api.DESCRIPTOR),
            (CaseCandidateServiceStub(self.peer), case_candidate_api.DESCRIPTOR),
            (CorrectionServiceStub(self.peer), correction_api.DESCRIPTOR),
            (LoginServiceStub(self.peer), login_api.DESCRIPTOR),
            (MessageServiceStub(self.peer), message_api.DESCRIPTOR),
            (StaffServiceStub(self.peer), staff_api.DESCRIPTOR),
            (SignInServiceStub(self.peer), sign_in_api.DESCRIPTOR),
            (SecondFactorServiceStub(self.peer), factor_api.DESCRIPTOR),
            (SupportServiceStub(self.peer), support_api.DESCRIPTOR),
            (PersonalDataServiceStub(self.peer), personal_data_api.DESCRIPTOR),
        )
        served = [
            (stub, method)
            for stub, file in services
            for service in file.services_by_name.values()
            for method in service.methods
        ]
        self.rpcs = {method.name: (stub, GetMessageClass(method.input_type)) for stub, method in served}
        self.methods = {method.name: method for _, method in served}

    @property
    def visitor(self) -> Caller:
        """Somebody without an account yet."""
        return Caller(self.rpcs)

    def from_address(self, source: str) -> Caller:
        """Somebody at another network address."""
        return Caller(self.rpcs, source=source)

    def holder_of(self, tokens: resources_pb2.Tokens, source: str = "192.0.2.1") -> Caller:
        """Whoever has these tokens."""
        return Caller(self.rpcs, tokens, source)

    async def operator(self) -> Caller:
        """The first operator, whose initial password has been changed."""
        visitor = Caller(self.rpcs, source=f"10.0.0.{people.CHANCE.randrange(256)}")
        try:
            return await visitor.log_in(OPERATOR, OPERATOR_PASSWORD)
        except Exception:
            first = await visitor.log_in(OPERATOR, OPERATOR_INITIAL)
            tokens = await first(
                "ChangePassword", subject_id="me", old_password=OPERATOR_INITIAL, new_password=OPERATOR_PASSWORD
            )
            return self.holder_of(tokens, visitor.source)

    def reviewer(self, organisation: str = people.SCHOOL) -> Caller:
        """A reviewer with a login session."""
        principal = Principal(Access.REVIEWER, new_id(), organisation=organisation)
        token = Signer.load(self.config.keys_dir, "identity", self.clock).sign(principal, timedelta(minutes=15))
        return self.holder_of(resources_pb2.Tokens(access_token=token, subject_id=principal.subject_id))

    def as_service(self, name: str) -> tuple[tuple[str, str], ...]:
        """The metadata of another service's call; the gateway has no key that anybody knows (F-31)."""
        if name not in KEY_HOLDERS:
            return forged_by(name, "identity", self.clock)
        signer = Signer.load(self.config.keys_dir, name, self.clock)
        return (("authorization", ServiceTokens(signer, "identity", self.clock).header()),)

    @property
    def deps(self) -> Dependencies:
        """What the service's use cases work with."""
        return self.service.dependencies

    async def standing(self, candidate_id: str) -> resources_pb2.Standing:
        """What enrollment is told when it asks."""
        stub = StandingServiceStub(self.peer)
        answer: resources_pb2.Standing = await stub.GetStanding(
            GetStandingRequest(candidate_id=candidate_id), metadata=self.as_service("enrollment")
        )
        return answer

    async def deliver(self, message: Message, *, event_id: str = "", sender: str = "review") -> list[str]:
        """Delivers an event; the ids accepted."""
        payload = AnyMessage()
        payload.Pack(message)
        event = event_pb2.Event(event_id=event_id or new_id(), aggregate_id=new_id(), payload=payload)
        event.create_time.FromDatetime(self.clock.now())
        stub = event_pb2_grpc.EventReceiverStub(self.peer)
        request = event_pb2.DeliverRequest(events=[event])
        answer = await stub.Deliver(request, metadata=self.as_service(sender))
        return list(answer.accepted_event_ids)


@asynccontextmanager
async def served(
    config: Config, clock: ManualClock, outside: OutsideSystems, neighbours: Neighbours
) -> AsyncIterator[World]:
    """Identity with this configuration, for the length of a block."""
    async with outside.serving() as url, neighbours.serving() as address:
        peers = PeersConfig(review=address, enrollment=address, payment=address)
        wired = config.model_copy(update={"sandbox_url": url, "peers": peers})
        async with identity(wired, clock) as service, service.server.serving() as ports:
            delivering = asyncio.create_task(service.relay.run())
            async with connected_peer("identity", ports.grpc) as peer:
                yield World(wired, service, clock, outside, neighbours, peer)
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
