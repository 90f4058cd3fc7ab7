"""Passkeys by the library `webauthn`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.identity.domain.authentication.second_factors import (
    CHALLENGE_TTL,
    Passkey,
    PasskeyCredential,
    PasskeyQuestion,
)
from services.identity.domain.staff import Staff
from services.identity.errors import PasskeyRefused, WrongSecondFactor

RP_NAME: Final = "Zikao 自考报名"
TIMEOUT_MS: Final = int(CHALLENGE_TTL.total_seconds() * 1000)

_REFUSED: Final = (WebAuthnException, ValueError, KeyError, TypeError)
"""What the library raises for an answer that is wrong, or is none."""

_SELECTION: Final = AuthenticatorSelectionCriteria(
    resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.DISCOURAGED
)
"""The password has been given: it is enough that somebody holds the authenticator."""


class WebAuthnPasskeyVerifier:
    """Passkeys of one origin."""

    def __init__(self, origin: str) -> None:
        """`origin`: where browsers find the pages, such as `https://register.example`."""
        self.origin = origin
        self._rp_id = urlsplit(origin).hostname or ""

    def ask_for_new(self, staff: Staff, known: Sequence[Passkey]) -> PasskeyQuestion:
        """What makes a passkey on an authenticator that has none of those known."""
        options = generate_registration_options(
            rp_id=self._rp_id,
            rp_name=RP_NAME,
            user_id=staff.staff_id.encode(),
            user_name=staff.login_name,
            user_display_name=staff.display_name,
            timeout=TIMEOUT_MS,
            authenticator_selection=_SELECTION,
            exclude_credentials=_named(known),
        )
        return PasskeyQuestion(options.challenge, options_to_json(options))

    def ask_for_proof(self, known: Sequence[Passkey]) -> PasskeyQuestion:
        """What proves one of those known."""
        options = generate_authentication_options(
            rp_id=self._rp_id,
            timeout=TIMEOUT_MS,
            allow_credentials=_named(known),
            user_verification=UserVerificationRequirement.DISCOURAGED,
        )
        return PasskeyQuestion(options.challenge, options_to_json(options))

    def verify_new(self, answer_json: str, challenge: bytes) -> PasskeyCredential:
        """The credential that was made. Raises PasskeyRefused."""
        try:
            made = verify_registration_response(
                credential=answer_json,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self.origin,
            )
        except _REFUSED as wrong:
            raise PasskeyRefused() from wrong
        return PasskeyCredential(made.credential_id, made.credential_public_key, made.sign_count)

    def verify_proof(self, answer_json: str, challenge: bytes, known: Sequence[Passkey]) -> Passkey:
        """The passkey that signed, with its new count. Raises WrongSecondFactor."""
        try:
            answer = parse_authentication_credential_json(answer_json)
            passkey = next(one for one in known if one.credential_id == answer.raw_id)
            signed = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
            )
        except (*_REFUSED, StopIteration) as wrong:
            raise WrongSecondFactor() from wrong
        return replace(passkey, sign_count=signed.new_sign_count)


def _named(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one.credential_id) for one in known]
