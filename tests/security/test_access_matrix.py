"""Every RPC, called by everybody: the matrix of who may call what, made from the contracts (OP-8, F-31, GW-2).

Each cell calls a running service over gRPC, past the gateway. Who may call is told anything
but that they may not; who may not is told that, before anything else is looked at.
"""

from datetime import timedelta
from typing import Final

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.protobuf import message_factory

from chassis.clock import SystemClock
from chassis.rpc.access_rules import AccessRule
from chassis.security.tokens import Access, Principal, Signer
from tests.e2e.suite_process import SuiteProcess
from tests.security.every_rpc import RPCS, SERVICES, outcome
from tests.security.request_samples import smallest

NOBODY: Final = "0198c0de-0000-7000-8000-00000000000f"
"""A subject of tokens that has no account: what it may do comes to nothing."""

PEOPLE: Final = {
    "candidate": Principal(Access.CANDIDATE, NOBODY, NOBODY),
    "reviewer": Principal(Access.REVIEWER, NOBODY, NOBODY, "99999"),
    "operator": Principal(Access.OPERATOR, NOBODY, NOBODY, "AUTHORITY"),
}
UNPROVEN: Final = ("nobody", "expired", "forged", "for another service")
ASKS_FOR_THE_LOGIN_SESSION: Final = frozenset({"SecondFactorService"})
"""Who is admitted and has no account is told so there in the same words as somebody who may not call."""
REFUSED: Final = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)


class Tokens:
    """Tokens as identity and the services sign them, and some that nobody should believe."""

    def __init__(self, suite: SuiteProcess) -> None:
        self._keys, self._clock = suite.home.keys, SystemClock()

    def of(self, caller: str, audience: str) -> str:
        """What a caller shows to the service `audience`; empty for nobody."""
        operator = PEOPLE["operator"]
        match caller:
            case "nobody":
                return ""
            case "expired":
                return self._signer("identity").sign(operator, timedelta(seconds=-1))
            case "forged":
                key = Ed25519PrivateKey.generate()
                pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                return Signer("identity", pem, self._clock).sign(operator, timedelta(minutes=5))
            case "for another service":
                elsewhere = next(name for name in SERVICES if name != audience)
                return self._signer("enrollment").sign_as_service(elsewhere, timedelta(minutes=5))
            case service if service in SERVICES:
                return self._signer(service).sign_as_service(audience, timedelta(minutes=5))
            case _:
                return self._signer("identity").sign(PEOPLE[caller], timedelta(minutes=5))

    def _signer(self, name: str) -> Signer:
        return Signer.load(self._keys, name, self._clock)


@pytest.fixture(scope="module")
def tokens(suite: SuiteProcess) -> Tokens:
    return Tokens(suite)


def admitted(rule: AccessRule, caller: str) -> bool:
    """What the contract says."""
    if rule.public:
        return True
    if caller in PEOPLE:
        return PEOPLE[caller].kind in rule.kinds
    return caller in SERVICES and Access.SERVICE in rule.kinds and caller in rule.services


@pytest.mark.parametrize("caller", [*UNPROVEN, *PEOPLE, *SERVICES])
async def test_every_rpc_admits_whom_its_contract_names_and_nobody_else(
    channels: dict[str, grpc.aio.Channel], tokens: Tokens, caller: str
) -> None:  # OP-8, F-31, GW-2
    wrong = []
    for rpc in RPCS:
        request = message_factory.GetMessageClass(rpc.method.input_type)
        if admitted(rpc.rule, caller):
            # Admitted calls go no further than the rules for requests: an empty one does nothing.
            code = await outcome(channels[rpc.process], rpc, request(), tokens.of(caller, rpc.process))
            fits = code not in REFUSED or rpc.method.containing_service.name in ASKS_FOR_THE_LOGIN_SESSION
        else:
            sample = smallest(request, {})
            assert sample is not None, rpc.path
            code = await outcome(channels[rpc.process], rpc, sample, tokens.of(caller, rpc.process))
            fits = code is (REFUSED[0] if caller in UNPROVEN else REFUSED[1])
        if not fits and not (code is grpc.StatusCode.UNIMPLEMENTED and rpc.may_be_absent):
            wrong.append(f"{rpc.path}: {code.name}")
    assert not wrong, "\n".join(wrong)
