"""Second factors of staff."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import second_factor_service_pb2 as api

from chassis.rpc.message_mapping import message_of
from services.identity.domain.authentication.second_factors import Proof, SecondFactors
from services.identity.domain.login_sessions import IssuedTokens
from services.identity.mapping.login_sessions import tokens_message


def second_factors_message(
    factors: SecondFactors,
    proof: Proof,
    *,
    required: bool,
    passkey_origin: str,
    at: datetime,
    good_for: timedelta,
) -> resources_pb2.SecondFactors:
    """A member's factors in the contract's terms; secrets stay where they are."""
    return message_of(
        resources_pb2.SecondFactors,
        factors,
        passkeys=[message_of(resources_pb2.Passkey, one) for one in factors.passkeys],
        required=required,
        proven=proof.factor_time is not None,
        passkey_origin=passkey_origin,
        sign_in_provider_id=proof.provider_id,
        may_change=factors.may_change(proof, at=at, good_for=good_for),
    )


def enrolled_message(issued: IssuedTokens, backup_codes: Sequence[str]) -> api.EnrolledFactor:
    """What comes of an enrolment."""
    return api.EnrolledFactor(tokens=tokens_message(issued), backup_codes=backup_codes)
