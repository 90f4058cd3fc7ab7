"""The monolith's tokens and its gates: the same questions as the suite asks before a checkout."""

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import Header, HTTPException
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from bench.monolith.settings import PUBLIC_KEY
from bench.monolith.tables import Candidate, ExamSession, Participation, Selection


class Bearers:
    """Verifies bearer tokens, and remembers those it has verified until they expire, as the suite does."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key
        self._verified: dict[str, tuple[str, float]] = {}

    # A coroutine, although it awaits nothing: the framework would send a plain function to a thread.
    async def __call__(self, authorization: Annotated[str, Header()]) -> str:
        """The candidate's id from the bearer token."""
        token = authorization.removeprefix("Bearer ")
        known = self._verified.get(token)
        if known is None:
            known = self._verified[token] = self._check(token)
        if known[1] <= time.time():
            raise HTTPException(401, "UNAUTHENTICATED")
        return known[0]

    def _check(self, token: str) -> tuple[str, float]:
        try:
            claims = jwt.decode(token, self._key, algorithms=["Ed25519"]).claims
        except (JoseError, ValueError) as error:
            raise HTTPException(401, "UNAUTHENTICATED") from error
        if claims.get("kind") != "CANDIDATE":
            raise HTTPException(403, "NOT_ALLOWED")
        return str(claims["sub"]), float(claims["exp"])


bearer = Bearers(OKPKey.import_key(Path(os.environ[PUBLIC_KEY]).read_bytes()))


def must_pass(session: ExamSession, candidate: Candidate, chosen: list[Selection], now: datetime) -> None:
    """EN-2: every gate before selection and before payment; all unmet ones are named at once."""
    unmet = [name for name, met in _gates(session, candidate, chosen, now).items() if not met]
    if unmet:
        raise HTTPException(409, unmet)


def _gates(session: ExamSession, candidate: Candidate, chosen: list[Selection], now: datetime) -> dict[str, bool]:
    done = candidate.participations[0] if candidate.participations else Participation(notice_version=0)
    concerned = {one.registration_id for one in chosen}
    registrations = [one for one in candidate.registrations if one.id in concerned]
    return {
        "NOT_REGISTERED": bool(candidate.registrations),
        "DETAILS_INCOMPLETE": candidate.details_confirmed,
        "PHONE_NOT_VERIFIED": candidate.phone_verified,
        "QUESTIONNAIRE_NOT_ANSWERED": done.questionnaire_time is not None,
        "NOTICE_NOT_READ": done.notice_version >= session.notice_version,
        "WINDOW_NOT_OPEN": session.registration_begins <= now < session.registration_ends,
        "IDENTITY_NOT_VERIFIED": candidate.identity_state == "VERIFIED",
        "PROOFS_UNDER_REVIEW": all(one.proof_state in {"NOT_NEEDED", "APPROVED"} for one in registrations),
        "TICKET_NUMBER_MISSING": all(one.ticket_number for one in registrations),
    }
