"""What every contract must say: who may call an RPC, where it is on the web, and what each of its elements means."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from google.api import annotations_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from zikao.common.v1 import access_pb2

from chassis.rpc.access_rules import PasswordChangeRequired, access_rule, stating_service
from chassis.security.tokens import Access, Principal
from gateway.contracts.rpcs import IMAGE, Contracts

ROOT = Path(__file__).parents[2]
CONTRACTS = Contracts.load()
METHODS = {
    method.full_name: method
    for service in CONTRACTS.services
    if service.full_name.startswith("zikao.")
    for method in service.methods
}
ANEW_EACH_TIME = {
    "SendPhoneCode",
    "SendEmailCode",
    "SendPhoneChangeCode",
    "CreateLoginSession",
    "RefreshLoginSession",
    "ChangePassword",
    "CreatePasswordRecovery",
    "CompletePasswordRecovery",
    "RepeatPasswordRecovery",
    "ProveSecondFactor",
    "StartTotpEnrolment",
    "ConfirmTotpEnrolment",
    "StartPasskeyEnrolment",
    "ConfirmPasskeyEnrolment",
    "StartPasskeyProof",
    "CreateBackupCodes",
    "StartSignIn",
    "CompleteSignIn",
}
"""RPCs whose answers hold or use up secrets, so that no answer may be kept: a repetition is another attempt."""

OPEN_TO_RESTRICTED = {
    "zikao.identity.v1.LoginService.ChangePassword": "the new password itself",
    "zikao.identity.v1.LoginService.ListLoginSessions": "one's own logins, to end a stranger's",
    "zikao.identity.v1.LoginService.DeleteLoginSession": "logging out",
    "zikao.identity.v1.LoginService.RevokeAllLoginSessions": "logging out",
    "zikao.identity.v1.CandidateService.GetCandidate": "says that a new password is needed",
    "zikao.identity.v1.SecondFactorService.GetSecondFactors": "which factor a new password asks for first",
    "zikao.identity.v1.SecondFactorService.StartPasskeyProof": "a factor that a new password asks for first",
    "zikao.identity.v1.SecondFactorService.ProveSecondFactor": "a factor that a new password asks for first",
}
"""What somebody may call who has only the initial password, and what for (ID-3)."""

SERVICES = {"identity", "enrollment", "payment", "review"}
EVENTS = [
    message_factory.GetMessageClass(event_type)
    for name in sorted(SERVICES)
    for event_type in importlib.import_module(f"zikao.{name}.v1.events_pb2").DESCRIPTOR.message_types_by_name.values()
]
RECEIVING = "zikao.common.v1.EventReceiver.Deliver"

FOR_VERIFIERS = "zikao.identity.v1.RevocationService.WatchRevocations"
"""For every process that verifies tokens; PUBLIC because the gateway has no key to prove itself with (F-31, F-32)."""


def is_for_people(method: MethodDescriptor) -> bool:
    """Whether anybody but another service may call."""
    return set(access_rule(method).kinds) != {Access.SERVICE}


def test_every_process_has_contracts() -> None:
    packages = {method.containing_service.file.package for method in METHODS.values()}
    processes = {f"zikao.{name}.v1" for name in SERVICES}
    assert packages == processes | {"zikao.common.v1"}


@pytest.mark.parametrize("name", METHODS)
def test_every_rpc_says_who_may_call_it(name: str) -> None:
    assert access_rule(METHODS[name]).kinds


def test_an_initial_password_opens_what_leads_to_a_new_one_and_nothing_else() -> None:  # ID-3
    opened = {name for name, method in METHODS.items() if access_rule(method).open_to_restricted}
    assert opened == set(OPEN_TO_RESTRICTED)


@pytest.mark.parametrize("name", METHODS)
def test_nobody_with_an_initial_password_calls_anything_else(name: str) -> None:  # ID-3
    rule = access_rule(METHODS[name])
    for kind in {Access.CANDIDATE, Access.REVIEWER, Access.OPERATOR} & set(rule.kinds):
        principal = Principal(kind, "somebody", restricted=True)
        if rule.open_to_restricted or rule.public:
            rule.admit(principal)
        else:
            with pytest.raises(PasswordChangeRequired):
                rule.admit(principal)


@pytest.mark.parametrize("name", METHODS)
def test_what_people_call_is_on_the_web_and_what_services_call_is_not(name: str) -> None:  # GW-1
    has_route = METHODS[name].GetOptions().HasExtension(annotations_pb2.http)
    assert has_route is (is_for_people(METHODS[name]) and name != FOR_VERIFIERS)


@pytest.mark.parametrize("name", METHODS)
def test_a_repetition_is_harmless_or_said_to_be_another_attempt(name: str) -> None:  # F-10
    """A new RPC declares NO_SIDE_EFFECTS or IDEMPOTENT, or its request has a `request_id` under which the chassis keeps
    the first answer.
    """
    method = METHODS[name]
    declared = method.GetOptions().idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN
    harmless = declared or "request_id" in method.input_type.fields_by_name
    assert harmless is (method.name not in ANEW_EACH_TIME)


@pytest.mark.parametrize("name", METHODS)
def test_only_public_reads_say_that_they_vary_by_their_caller(name: str) -> None:
    options = METHODS[name].GetOptions()
    if options.Extensions[access_pb2.varies_by_caller]:
        assert access_rule(METHODS[name]).public
        assert options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS


def test_events_come_from_services_only() -> None:
    assert not is_for_people(METHODS[RECEIVING])


def test_every_service_that_a_contract_names_is_one_and_the_gateway_is_none() -> None:  # OP-8, F-31
    named = set().union(*(access_rule(method).services for method in METHODS.values()))
    assert named <= SERVICES


@pytest.mark.parametrize("event_type", EVENTS, ids=lambda event_type: event_type.__name__)
def test_every_event_is_stated_by_the_service_whose_contracts_hold_it(event_type: type[Message]) -> None:  # OP-8, F-31
    assert f"zikao.{stating_service(event_type)}.v1" == event_type.DESCRIPTOR.file.package
    assert stating_service(event_type) in access_rule(METHODS[RECEIVING]).services


def test_every_element_has_a_comment_and_keeps_the_style() -> None:
    """The image keeps the comments, and buf.yaml asks for them on every RPC, message, field, enum and value."""
    buf = Path(sys.executable).parent / "buf"
    done = subprocess.run([buf, "lint", IMAGE, "--config", "buf.yaml"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
