"""Tokens: who may speak for whom, for how long, to whom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.clock import ManualClock
from chassis.errors import Unauthenticated
from chassis.security.revocations import SILENCE, Revocation, RevocationsUnknown, digest_of
from chassis.security.tokens import Access, Principal, Signer, Verifier, ensure_keys

CANDIDATE = Principal(Access.CANDIDATE, "c-1", login_session_id="s-1", restricted=True)
REVIEWER = Principal(Access.REVIEWER, "r-1", organisation="10269")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def keys_dir(tmp_path: Path) -> Path:
    """Keys of the test's own, which it may replace."""
    ensure_keys(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def signer(keys_dir: Path, clock: ManualClock) -> Callable[[str], Signer]:
    return lambda name: Signer.load(keys_dir, name, clock)


@pytest.fixture
def verifier(keys_dir: Path, clock: ManualClock) -> Verifier:
    return Verifier.load(keys_dir, clock, audience="payment")


@pytest.mark.parametrize("principal", [CANDIDATE, REVIEWER])
def test_a_token_proves_exactly_whom_it_was_signed_for(signer, verifier, principal):  # ID-14
    assert verifier.verify(signer("identity").sign(principal, MINUTE)) == principal


def test_a_token_ends_with_its_time_even_when_it_was_verified_before(signer, verifier, clock):  # ID-14
    token = signer("identity").sign(CANDIDATE, MINUTE)
    clock.advance(MINUTE - timedelta(seconds=1))
    assert verifier.verify(token) == CANDIDATE
    clock.advance(timedelta(seconds=1))
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            verifier.verify(token)


def test_a_token_ends_with_its_login_session_even_when_it_was_verified_before(signer, verifier, clock):  # F-32
    token, other = (signer("identity").sign(replace(CANDIDATE, login_session_id=id_), MINUTE) for id_ in ("s-1", "s-2"))
    assert verifier.verify(token).login_session_id == "s-1"
    verifier.revocations.hear([Revocation(digest_of("s-1"), clock.now() + MINUTE)])
    with pytest.raises(Unauthenticated):
        verifier.verify(token)
    assert verifier.verify(other).login_session_id == "s-2"


def test_staff_wait_while_nobody_says_whose_login_has_ended_and_candidates_do_not(signer, verifier, clock):  # F-32
    candidate, reviewer = (signer("identity").sign(who, MINUTE) for who in (CANDIDATE, REVIEWER))
    service = signer("review").sign_as_service("payment", MINUTE)
    verifier.revocations.follow()
    with pytest.raises(RevocationsUnknown) as refusal:
        verifier.verify(reviewer)
    assert refusal.value.retry_after
    clock.advance(SILENCE + timedelta(seconds=1))
    assert verifier.verify(candidate) == CANDIDATE
    assert verifier.verify(service).subject_id == "review"
    verifier.revocations.hear()
    assert verifier.verify(reviewer) == REVIEWER


def test_a_process_that_has_just_started_lets_nobody_in_before_it_knows_who_has_ended(
    signer, verifier, clock
):  # F-32, GW-7
    candidate, service = signer("identity").sign(CANDIDATE, MINUTE), signer("review").sign_as_service("payment", MINUTE)
    verifier.revocations.follow()
    with pytest.raises(RevocationsUnknown) as refusal:
        verifier.verify(candidate)
    assert refusal.value.retry_after
    assert verifier.verify(service).subject_id == "review"
    verifier.revocations.hear([Revocation(digest_of(CANDIDATE.login_session_id), clock.now() + MINUTE)])
    with pytest.raises(Unauthenticated):
        verifier.verify(candidate)


def test_a_changed_token_proves_nobody(signer, verifier):
    head, claims, signature = signer("identity").sign(CANDIDATE, MINUTE).split(".")
    other = signer("identity").sign(REVIEWER, MINUTE).split(".")
    for forged in (
        f"{head}.{other[1]}.{signature}",
        f"{head}.{claims}.{other[2]}",
        f"{head}.{claims}.",
        "",
        "x",
        "a.b.c",
    ):
        with pytest.raises(Unauthenticated):
            verifier.verify(forged)


def test_a_token_of_a_foreign_key_proves_nobody(tmp_path, verifier, clock):
    ensure_keys(tmp_path / "elsewhere")
    with pytest.raises(Unauthenticated):
        verifier.verify(Signer.load(tmp_path / "elsewhere", "identity", clock).sign(CANDIDATE, MINUTE))


@pytest.mark.parametrize("name", ["enrollment", "payment", "review"])
def test_only_identity_speaks_for_people(signer, verifier, name):
    with pytest.raises(Unauthenticated):
        verifier.verify(signer(name).sign(CANDIDATE, MINUTE))


def test_a_service_speaks_for_itself_only(signer, verifier):
    assert verifier.verify(signer("review").sign_as_service("payment", MINUTE)) == Principal(Access.SERVICE, "review")
    with pytest.raises(Unauthenticated):
        verifier.verify(signer("review").sign(Principal(Access.SERVICE, "enrollment"), MINUTE, audience="payment"))


def test_a_service_token_is_good_at_the_service_it_names_and_nowhere_else(signer, verifier):
    with pytest.raises(Unauthenticated):
        verifier.verify(signer("enrollment").sign_as_service("review", MINUTE))


def test_a_key_is_replaced_without_ending_anybodys_session(keys_dir, signer, clock):
    before = signer("identity").sign(CANDIDATE, MINUTE)
    (keys_dir / "identity.pub.pem").rename(keys_dir / "identity.until-october.pub.pem")
    (keys_dir / "identity.pem").unlink()
    ensure_keys(keys_dir)
    after = signer("identity").sign(CANDIDATE, MINUTE)
    verifier = Verifier.load(keys_dir, clock, audience="payment")
    assert verifier.verify(before) == verifier.verify(after) == CANDIDATE


def test_keys_once_made_stay_and_private_ones_are_private(keys_dir):
    before = {path.name: path.read_bytes() for path in keys_dir.iterdir()}
    ensure_keys(keys_dir)
    assert {path.name: path.read_bytes() for path in keys_dir.iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in keys_dir.glob("*.pem") if ".pub" not in path.name} == {0o600}
