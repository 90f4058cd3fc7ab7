"""What may change in an account, and where the identity check stands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chassis.errors import IllegalMove, Refusal, StaleEtag
from chassis.transitions import advance
from services.identity.domain.candidates import (
    IDENTITY_TRANSITIONS,
    MATCH_TRIES,
    Candidate,
    IdentityEvent,
    IdentityState,
    Portrait,
    enrolled_candidate,
    masked_name,
    new_candidate,
    said_on_papers,
    standing,
    standing_changed,
    with_details,
    with_details_confirmed,
    with_email_verified,
    with_name,
    with_password_changed,
    with_phone,
    with_portrait,
)
from services.identity.domain.documents import Document, DocumentType, Sex
from services.identity.domain.identity_checks import (
    RegisterAnswer,
    comparison,
    sent_to_review,
    with_answer,
    with_decision,
)
from services.identity.domain.personal_details import OPTIONAL, Details, Education, PoliticalStatus, missing, required
from services.identity.errors import (
    CheckOvertaken,
    DetailsIncomplete,
    IdentityFixed,
    InvalidDetails,
    InvalidName,
    PortraitMissing,
)

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TODAY = date(2026, 11, 24)
CARD = Document(DocumentType.RESIDENT_CARD, "11010519491231002X")
PERMIT = Document(DocumentType.TAIWAN_PERMIT, "12345678")
CASE = "case-1"
COMPLETE = {
    "ethnicity": "汉族",
    "political_status": PoliticalStatus.NO_PARTY,
    "education": Education.UPPER_SECONDARY,
    "occupation": "职员",
    "household_region": "上海市杨浦区",
    "postal_address": "上海市杨浦区某路1号",
    "postal_code": "200433",
    "email": "a@example.com",
}


def portrait(digest: str = "aa") -> Portrait:
    return Portrait(f"portraits/{digest}", digest, NOW)


def pending(**values: object) -> Candidate:
    fresh = new_candidate("c1", CARD, "张三", "10269", at=NOW)
    return replace(fresh, **{"portrait": portrait(), **values})  # type: ignore[arg-type]


def in_state(state: IdentityState) -> Candidate:
    return pending(identity_state=state, review_case_id=CASE)


def answered(candidate: Candidate, answer: RegisterAnswer) -> Candidate:
    return with_answer(candidate, comparison(candidate), answer, case_id=CASE, at=LATER)


# The identity check

P, U, V, R = IdentityState.PENDING, IdentityState.UNDER_REVIEW, IdentityState.VERIFIED, IdentityState.REJECTED
ENDED = IdentityState.ENDED
E = IdentityEvent
IDENTITY_TABLE: dict[IdentityState, dict[IdentityEvent, IdentityState]] = {
    P: {E.MATCHED: V, E.MISMATCHED: P, E.SENT_TO_REVIEW: U, E.NUMBER_LOST: ENDED},
    U: {E.APPROVED: V, E.REJECTED: R, E.ASKED_AGAIN: U, E.NUMBER_LOST: ENDED},
    V: {},
    R: {E.APPROVED: V, E.REJECTED: R, E.ASKED_AGAIN: U, E.NUMBER_LOST: ENDED},
    ENDED: {},
}
"""Every move there is; every other pair is refused."""


@pytest.mark.parametrize("state", IdentityState)
@pytest.mark.parametrize("event", IdentityEvent)
def test_the_identity_check_moves_as_its_table_says(
    state: IdentityState, event: IdentityEvent
) -> None:  # ID-7, ID-8, ID-15
    expected = IDENTITY_TABLE[state].get(event)
    if expected is None:
        with pytest.raises(IllegalMove):
            advance(IDENTITY_TRANSITIONS, state, event)
    else:
        assert advance(IDENTITY_TRANSITIONS, state, event) is expected


def test_a_match_verifies() -> None:  # ID-7
    assert answered(pending(), RegisterAnswer.MATCH).identity_state is V


@pytest.mark.parametrize("answer", [RegisterAnswer.MISMATCH, RegisterAnswer.UNKNOWN_PERSON])
def test_the_third_mismatch_sends_to_review(answer: RegisterAnswer) -> None:  # ID-7
    candidate, states = pending(), []
    for _ in range(MATCH_TRIES):
        candidate = answered(candidate, answer)
        states.append((candidate.identity_state, candidate.match_tries_left, candidate.review_case_id))
    assert states == [(P, 2, ""), (P, 1, ""), (U, 0, CASE)]


def test_there_is_no_fourth_try() -> None:  # ID-7
    candidate = pending(mismatches=MATCH_TRIES - 1)
    asked = comparison(candidate)
    candidate = with_answer(candidate, asked, RegisterAnswer.MISMATCH, case_id=CASE, at=LATER)
    with pytest.raises(CheckOvertaken):
        with_answer(candidate, asked, RegisterAnswer.MATCH, case_id=CASE, at=LATER)


@pytest.mark.parametrize(
    "overtake",
    [
        lambda candidate: answered(candidate, RegisterAnswer.MISMATCH),
        lambda candidate: with_portrait(candidate, portrait("bb"), at=LATER),
        lambda candidate: with_name(candidate, "李四", at=LATER),
        lambda candidate: answered(candidate, RegisterAnswer.MATCH),
    ],
)
def test_an_answer_to_an_overtaken_question_does_not_count(overtake: Callable[[Candidate], Candidate]) -> None:  # ID-7
    candidate = pending()
    asked = comparison(candidate)
    with pytest.raises(CheckOvertaken):
        with_answer(overtake(candidate), asked, RegisterAnswer.MISMATCH, case_id=CASE, at=LATER)


def test_an_unrelated_change_does_not_overtake_the_register() -> None:  # ID-7
    candidate = pending()
    asked = comparison(candidate)
    candidate = with_phone(candidate, "+8613812345678", at=LATER)
    assert with_answer(candidate, asked, RegisterAnswer.MATCH, case_id=CASE, at=LATER).identity_state is V


def test_other_documents_go_to_a_reviewer_at_once() -> None:  # ID-8
    candidate = replace(new_candidate("c2", PERMIT, "Lee", "10269", at=NOW), portrait=portrait())
    assert (candidate.face_matched, candidate.match_tries_left) == (False, 0)
    assert sent_to_review(candidate, case_id=CASE, at=LATER).identity_state is U


def test_the_check_needs_a_portrait() -> None:  # ID-7
    with pytest.raises(PortraitMissing):
        comparison(pending(portrait=None))


@pytest.mark.parametrize(("decision", "state"), [(E.APPROVED, V), (E.REJECTED, R), (E.ASKED_AGAIN, U)])
def test_a_reviewer_decides(decision: IdentityEvent, state: IdentityState) -> None:  # ID-7, RE-6
    assert with_decision(in_state(U), CASE, decision, at=LATER).identity_state is state


def test_a_decision_on_another_case_or_after_the_verification_changes_nothing() -> None:  # RE-6
    under_review, verified = in_state(U), in_state(V)
    assert with_decision(under_review, "another", E.APPROVED, at=LATER) is under_review
    assert with_decision(verified, CASE, E.REJECTED, at=LATER) is verified


# What the check rests on


@pytest.mark.parametrize("state", [U, V, R])
def test_portrait_and_name_stay_once_the_check_rests_on_them(state: IdentityState) -> None:  # ID-12
    for change in (
        lambda: with_portrait(in_state(state), portrait("bb"), at=LATER),
        lambda: with_name(in_state(state), "李四", at=LATER),
    ):
        with pytest.raises(IdentityFixed):
            change()


def test_an_enrolled_candidate_may_add_a_first_portrait() -> None:  # ID-6
    enrolled = enrolled_candidate("c3", CARD, "张三", "10269", at=NOW)
    assert with_portrait(enrolled, portrait(), at=LATER).portrait == portrait()


@pytest.mark.parametrize("name", ["", "  ", "张\u0000三"])
def test_a_name_is_needed(name: str) -> None:
    with pytest.raises(InvalidName):
        with_name(pending(), name, at=LATER)


def test_another_spelling_of_the_name_is_no_change() -> None:  # ID-21, F-24
    known = pending(name="阿依古丽·买买提")
    assert with_name(known, "阿依古丽•\u200b买买提 ", at=LATER) is known
    assert with_name(known, "王\U00031350", at=LATER).name == "王\U00031350"


# Details


def test_details_start_with_what_the_document_says() -> None:  # ID-5
    details = pending().details
    assert (details.sex, details.birth_date) == (Sex.FEMALE, date(1949, 12, 31))
    assert set(missing(details, CARD.type)) == set(COMPLETE)


def test_details_are_complete_without_the_optional_ones() -> None:  # ID-12
    assert missing(with_details(pending(), COMPLETE, today=TODAY, at=LATER).details, CARD.type) == ()
    assert {"workplace", "home_phone"} == OPTIONAL


@pytest.mark.parametrize(
    "document_type", [one for one in DocumentType if one is not DocumentType.PERMANENT_RESIDENT_CARD]
)
def test_whoever_is_no_foreigner_states_ethnicity_and_political_status(document_type: DocumentType) -> None:  # ID-21
    assert {"ethnicity", "political_status", "household_region"} < set(required(document_type))


def test_a_foreigner_is_not_asked_for_what_only_chinese_have() -> None:  # ID-21
    foreigner = Document(DocumentType.PERMANENT_RESIDENT_CARD, "USA310185010101")
    fresh = new_candidate("c9", foreigner, "ANNA SMITH", "10269", at=NOW)
    stated = {name: value for name, value in COMPLETE.items() if name not in ("ethnicity", "political_status")}
    complete = with_details(fresh, {**stated, "sex": Sex.FEMALE, "birth_date": date(1985, 1, 1)}, today=TODAY, at=LATER)
    assert with_details_confirmed(complete, etag="", at=LATER).details_confirm_time == LATER


def test_what_is_stated_is_kept_in_one_spelling(  # ID-21
) -> None:
    typed = {
        "postal_code": "２００ ４３３",
        "email": "ａ＠example。com",
        "occupation": " 职\u200b员 ",
        "home_phone": "０２１–65642222",
    }
    details = with_details(pending(), typed, today=TODAY, at=LATER).details
    assert (details.postal_code, details.email, details.occupation) == ("200433", "a@example.com", "职员")
    assert details.home_phone == "021-65642222"


def test_everything_that_cannot_be_right_is_told_at_once() -> None:  # ID-12
    typed = {"postal_code": "20043", "email": "a@b@c", "home_phone": "电话", "birth_date": date(1949, 12, 30)}
    with pytest.raises(InvalidDetails) as refused:
        with_details(pending(), typed, today=TODAY, at=LATER)
    assert {one.field for one in refused.value.fields} == set(typed)


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_every_required_field_is_asked_for(name: str) -> None:  # ID-12
    candidate = with_details(
        pending(), {key: value for key, value in COMPLETE.items() if key != name}, today=TODAY, at=LATER
    )
    with pytest.raises(DetailsIncomplete) as refused:
        with_details_confirmed(candidate, etag="", at=LATER)
    assert [unmet.subject for unmet in refused.value.unmet] == [name]


@pytest.mark.parametrize(
    ("document", "changes", "reason"),
    [
        (CARD, {"sex": Sex.MALE}, "CONTRADICTS_DOCUMENT"),
        (CARD, {"sex": None}, "CONTRADICTS_DOCUMENT"),
        (CARD, {"birth_date": date(1949, 12, 30)}, "CONTRADICTS_DOCUMENT"),
        (PERMIT, {"birth_date": TODAY + timedelta(days=1)}, "BIRTH_DATE_IMPOSSIBLE"),
        (PERMIT, {"birth_date": date(1899, 12, 31)}, "BIRTH_DATE_IMPOSSIBLE"),
    ],
)
def test_details_do_not_contradict_the_document(
    document: Document, changes: dict[str, object], reason: str
) -> None:  # ID-12
    candidate = new_candidate("c4", document, "张三", "10269", at=NOW)
    with pytest.raises(InvalidDetails) as refused:
        with_details(candidate, changes, today=TODAY, at=LATER)
    assert [field.reason for field in refused.value.fields] == [reason]


def confirmed() -> Candidate:
    return with_details_confirmed(with_details(pending(), COMPLETE, today=TODAY, at=NOW), etag="", at=NOW)


def test_an_edit_takes_the_confirmation_back() -> None:  # ID-12
    assert confirmed().details_confirm_time == NOW
    assert with_details(confirmed(), {"occupation": "教师"}, today=TODAY, at=LATER).details_confirm_time is None
    assert with_details(confirmed(), {"occupation": " 职员 "}, today=TODAY, at=LATER) == confirmed()


def test_only_what_was_read_is_confirmed() -> None:  # ID-12
    candidate = with_details(pending(), COMPLETE, today=TODAY, at=NOW)
    with pytest.raises(StaleEtag):
        with_details_confirmed(candidate, etag="1", at=LATER)
    assert with_details_confirmed(candidate, etag=candidate.etag, at=LATER).details_confirm_time == LATER


# Contact and password


def test_another_e_mail_is_unverified() -> None:  # ID-4
    verified = with_email_verified(confirmed(), "a@example.com", at=NOW)
    assert verified.email_verify_time == NOW
    assert with_details(verified, {"email": "b@example.com"}, today=TODAY, at=LATER).email_verify_time is None


def test_a_code_sent_to_an_earlier_e_mail_verifies_nothing() -> None:  # ID-4
    assert with_email_verified(confirmed(), "old@example.com", at=NOW).email_verify_time is None


def test_a_phone_is_verified_by_its_code() -> None:  # ID-10
    candidate = with_phone(pending(), "+8613812345678", at=NOW)
    assert (candidate.phone, candidate.phone_verify_time) == ("+8613812345678", NOW)
    assert with_phone(candidate, "+8613812345678", at=LATER).phone_verify_time == LATER
    assert with_phone(candidate, "+8613900000000", at=LATER).phone_verify_time == LATER


def test_an_enrolled_candidate_must_choose_a_password() -> None:  # ID-3
    enrolled = enrolled_candidate("c3", CARD, "张三", "10269", at=NOW)
    assert (enrolled.identity_state, enrolled.needs_password_change) == (V, True)
    assert not with_password_changed(enrolled, at=LATER).needs_password_change


# What others follow


def test_every_change_has_a_higher_version() -> None:
    candidate = pending()
    assert with_phone(candidate, "+8613812345678", at=LATER).version == candidate.version + 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda candidate: with_phone(candidate, "+8613812345678", at=LATER), True),
        (lambda candidate: with_details(candidate, {"occupation": "教师"}, today=TODAY, at=LATER), True),
        (lambda candidate: answered(candidate, RegisterAnswer.MATCH), True),
        (lambda candidate: answered(candidate, RegisterAnswer.MISMATCH), False),
        (lambda candidate: with_portrait(candidate, portrait("bb"), at=LATER), False),
    ],
)
def test_followers_are_told_of_what_they_gate_on(change: Callable[[Candidate], Candidate], told: bool) -> None:  # EN-2
    assert standing_changed(confirmed(), change(confirmed())) is told


def test_a_standing_holds_no_personal_data() -> None:
    assert "张三" not in str(standing(confirmed()))
    assert str(confirmed().details) == str(
        Details(sex=Sex.FEMALE, political_status=PoliticalStatus.NO_PARTY, education=Education.UPPER_SECONDARY)
    )


def test_every_refusal_has_both_languages() -> None:  # GW-3
    from services.identity import errors

    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, Refusal) and kind is not Refusal
    ]
    assert len(kinds) > 20
    assert all(kind.zh and kind.en and kind.reason for kind in kinds)


@pytest.mark.parametrize(
    ("name", "shown"), [("张三", "张*"), ("欧阳𬍛㛃", "欧***"), ("SMITH", "S****"), ("张", "*")], ids=str
)
def test_the_public_sees_the_first_character_of_a_name(name: str, shown: str) -> None:  # EN-18
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    "change",
    [
        {"name": "李四"},
        {"document": PERMIT},
        {"portrait": portrait("bb")},
        {"details": Details(sex=Sex.MALE)},
        {"details": Details(birth_date=date(1990, 1, 1))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_papers_say_of_a_person_tells_a_changed_person_apart(change: dict[str, object]) -> None:  # EN-18
    known = pending(portrait=portrait("aa"))
    assert said_on_papers(replace(known, **change)) != said_on_papers(known)  # type: ignore[arg-type]
    assert said_on_papers(replace(known, phone="+8613800000000", update_time=LATER)) == said_on_papers(known)
