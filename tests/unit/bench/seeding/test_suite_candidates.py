"""Tokens like those that a suite gives, whatever its claims are called."""

from datetime import timedelta
from pathlib import Path

import pytest

from bench.seeding.suite_candidates import TokenForge
from bench.suites.measured_suite import MeasuredSuite
from chassis.clock import SystemClock
from chassis.errors import Unauthenticated
from chassis.security.tokens import Access, Principal, Signer, Verifier, ensure_keys


def suite_in(home: Path) -> MeasuredSuite:
    return MeasuredSuite("now", 0, 0, "", home, dict)


def test_a_forged_token_proves_somebody_else_in_a_login_session_of_their_own(tmp_path: Path):
    ensure_keys(tmp_path / "keys")
    clock = SystemClock()
    signer = Signer.load(tmp_path / "keys", "identity", clock)
    given = signer.sign(Principal(Access.CANDIDATE, "somebody", login_session_id="a session"), timedelta(seconds=1))
    forged = TokenForge.like(given, suite_in(tmp_path).private_keys()).sign("somebody else", "somebody")
    proven = Verifier.load(tmp_path / "keys", clock, audience="enrollment").verify(forged)
    assert (proven.kind, proven.subject_id) == (Access.CANDIDATE, "somebody else")
    assert proven.login_session_id not in {"", "a session"}


def test_a_token_of_another_suite_is_not_imitated(tmp_path: Path):
    for home in ("one", "other"):
        ensure_keys(tmp_path / home / "keys")
    clock = SystemClock()
    given = Signer.load(tmp_path / "one" / "keys", "identity", clock).sign(
        Principal(Access.CANDIDATE, "somebody"), timedelta(minutes=1)
    )
    with pytest.raises(LookupError):
        TokenForge.like(given, suite_in(tmp_path / "other").private_keys())
    with pytest.raises(Unauthenticated):
        Verifier.load(tmp_path / "other" / "keys", clock, audience="enrollment").verify(given)
