"""Whatever the database refuses, somebody has thought of (F-26): each named constraint of the four schemas stands for a
refusal, is decided about by the code that meets it, or stands here with why no request comes to it.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from chassis.errors import Refusal
from chassis.postgres.columns import tables_of
from chassis.postgres.constraint_refusals import Conflict, columns_of_constraints
from chassis.postgres.migrations import SERVICES

ROOT: Final = Path(__file__).parents[2]

DECIDED: Final[Mapping[str, Mapping[str, str]]] = {
    "identity": {},
    "enrollment": {
        "selections_no_overlap": "read and decided again: refused as TIME_CONFLICT, with both courses",
        "selections_one_live_per_course": "read and decided again: the selection that exists is the answer",
        "checkouts_one_unsettled": "the courses are promised to another checkout: the money goes back",
        "registrations_ticket_number_key": "the number belongs to somebody: the next one is issued",
    },
    "payment": {
        "one_live_order": "refused as LIVE_ORDER_EXISTS, with the order that lives",
        "one_paid_selection": "paid for already: the money goes back as surplus",
    },
    "review": {
        "duplicates_material_id_fkey": "removed meanwhile: compared again when it is read",
        "duplicates_other_id_fkey": "removed meanwhile: compared again when it is read",
    },
}
"""Constraints that the code reads by name to decide again, and what a caller sees of it."""

OURS: Final = "the service makes the key itself, a new one for each row"
AGAIN: Final = "the statement says what to do with a row that is there already: it keeps that, or replaces it"
WORD: Final = "written from the domain's own list, of which the constraint is made"
MOVES: Final = "written by moves of a state machine, each of which fills what its state asks for"
COUNTED: Final = "the statement's own condition keeps the count within its bounds"
KEPT: Final = "what it points at was read before, or is made by the same statement, and goes only with the account"
CASCADES: Final = "what it points at takes this along when it goes, and nobody writes for what has gone"
VALID: Final = "the contract, or a rule of the domain, refuses such a value first and names its field"
LOCKED: Final = "decided under a lock on the row that it belongs to"

UNREACHABLE: Final[Mapping[str, Mapping[str, str]]] = {
    "everywhere": {
        "audit_entries_erased_reason_check": "what was typed goes only together with its salt, by the job that erases",
        "audit_entries_reason_digest_check": "PostgreSQL writes the digest itself, of one length",
        "audit_entries_hash_check": "PostgreSQL writes the hash itself",
        "audit_entries_pkey": "PostgreSQL writes the number itself, one writer after the other",
        "external_systems_pkey": AGAIN,
        "inbox_pkey": AGAIN,
        "kept_answers_body_hash_check": "a hash of that length, whatever the body",
        "kept_answers_pkey": AGAIN,
        "outbox_pkey": OURS,
        "refusal_counts_pkey": AGAIN,
    },
    "identity": {
        "account_erasures_cause_check": WORD,
        "account_erasures_pkey": AGAIN,
        "backup_codes_pkey": OURS,
        "backup_codes_staff_id_fkey": KEPT,
        "candidates_correction_fault_check": WORD,
        "candidates_correction_state_check": WORD,
        "candidates_document_type_check": WORD,
        "candidates_found_by_phone_check": MOVES,
        "candidates_has_case_check": MOVES,
        "candidates_identity_state_check": WORD,
        "candidates_three_corrections_check": MOVES,
        "candidates_three_tries_check": MOVES,
        "candidates_three_unverified_check": MOVES,
        "candidates_verified_phone_check": MOVES,
        "candidates_whole_correction_check": MOVES,
        "candidates_whole_portrait_check": MOVES,
        "login_names_candidate_id_fkey": KEPT,
        "login_names_pkey": AGAIN,
        "login_sessions_kind_check": WORD,
        "login_sessions_pkey": OURS,
        "message_deliveries_addressed_check": MOVES,
        "message_deliveries_by_what_check": MOVES,
        "message_deliveries_channel_check": WORD,
        "message_deliveries_ended_check": MOVES,
        "message_deliveries_failure_check": WORD,
        "message_deliveries_message_id_fkey": CASCADES,
        "message_deliveries_pkey": OURS,
        "message_deliveries_state_check": WORD,
        "message_deliveries_why_check": MOVES,
        "message_preferences_candidate_id_fkey": KEPT,
        "message_preferences_channel_check": WORD,
        "message_preferences_language_check": WORD,
        "message_preferences_pkey": AGAIN,
        "messages_candidate_id_fkey": KEPT,
        "messages_kind_check": WORD,
        "messages_pkey": OURS,
        "one_message_per_cause": AGAIN,
        "passkey_challenges_login_session_id_fkey": CASCADES,
        "passkey_challenges_pkey": AGAIN,
        "passkeys_pkey": OURS,
        "passkeys_staff_id_fkey": KEPT,
        "password_recoveries_attempts_check": COUNTED,
        "password_recoveries_candidate_id_fkey": KEPT,
        "password_recoveries_channel_check": WORD,
        "password_recoveries_pkey": OURS,
        "password_recoveries_sent_before_use_check": MOVES,
        "password_recoveries_whole_sending_check": MOVES,
        "phone_changes_candidate_id_fkey": KEPT,
        "phone_changes_decided_check": MOVES,
        "phone_changes_pkey": OURS,
        "phone_changes_state_check": WORD,
        "phone_changes_three_proofs_check": MOVES,
        "phone_changes_three_submissions_check": MOVES,
        "refresh_tokens_login_session_id_fkey": CASCADES,
        "refresh_tokens_pkey": OURS,
        "register_questions_pkey": AGAIN,
        "register_questions_ten_a_day_check": COUNTED,
        "registration_windows_pkey": AGAIN,
        "staff_identities_pkey": AGAIN,
        "staff_identities_staff_id_fkey": KEPT,
        "staff_kind_check": WORD,
        "staff_login_name_key": AGAIN,
        "staff_operators_of_authority_check": VALID,
        "staff_pkey": AGAIN,
        "totps_confirmed_by_a_code_check": MOVES,
        "totps_pkey": AGAIN,
        "totps_staff_id_fkey": KEPT,
    },
    "enrollment": {
        "announcements_audience_check": WORD,
        "announcements_kind_check": WORD,
        "announcements_pkey": OURS,
        "catalogue_revision_pkey": AGAIN,
        "session_notices_about_check": WORD,
        "session_notices_pkey": AGAIN,
        "checkouts_pkey": OURS,
        "course_equivalents_pkey": AGAIN,
        "courses_pkey": AGAIN,
        "districts_pkey": AGAIN,
        "exam_sessions_pkey": AGAIN,
        "exam_sessions_window_check": VALID,
        "fees_pkey": AGAIN,
        "hosts_pkey": AGAIN,
        "major_changes_pkey": LOCKED,
        "majors_pkey": AGAIN,
        "papers_check_code_key": OURS,
        "papers_facts_key": AGAIN,
        "papers_kind_check": WORD,
        "papers_owner": KEPT,
        "papers_pkey": OURS,
        "participations_pkey": AGAIN,
        "passed_courses_pkey": AGAIN,
        "plan_courses_pkey": AGAIN,
        "plan_groups_pkey": AGAIN,
        "practice_sittings_pkey": AGAIN,
        "published_texts_pkey": AGAIN,
        "questions_pkey": AGAIN,
        "refund_requests_decided_check": MOVES,
        "refund_requests_pkey": AGAIN,
        "refund_requests_selection": KEPT,
        "refund_requests_state_check": WORD,
        "refund_requests_why_check": VALID,
        "registrations_one_per_major": AGAIN,
        "registrations_one_waiting": AGAIN,
        "registrations_owner": AGAIN,
        "registrations_pkey": AGAIN,
        "schools_pkey": AGAIN,
        "selections_owner": KEPT,
        "selections_pkey": OURS,
        "selections_reserved_by_order_check": MOVES,
        "selections_void_reason_check": MOVES,
        "sittings_pkey": AGAIN,
        "special_proofs_pkey": AGAIN,
        "standings_pkey": AGAIN,
        "text_acceptances_pkey": AGAIN,
    },
    "payment": {
        "attempts_number_check": MOVES,
        "attempts_order_id_fkey": KEPT,
        "attempts_paid_check": MOVES,
        "attempts_paid_fen_check": VALID,
        "attempts_pkey": OURS,
        "attempts_provider_out_trade_no_key": OURS,
        "attempts_purpose_check": WORD,
        "attempts_purpose_of_money_check": MOVES,
        "attempts_state_check": WORD,
        "bill_lines_kind_check": WORD,
        "bill_lines_pkey": OURS,
        "complete_years_pkey": AGAIN,
        "day_overrides_pkey": AGAIN,
        "differences_kind_check": WORD,
        "differences_pkey": AGAIN,
        "exceptions_key_key": AGAIN,
        "exceptions_kind_check": WORD,
        "exceptions_order_id_fkey": KEPT,
        "exceptions_pkey": AGAIN,
        "exceptions_state_check": WORD,
        "one_attempt_per_payment": "the platform, whose word is signed, gives each payment a number of its own",
        "one_move_into_a_state": MOVES,
        "one_payable_attempt": MOVES,
        "one_paying_attempt": MOVES,
        "one_surplus_refund": MOVES,
        "order_items_fee_check": VALID,
        "order_items_order_id_fkey": KEPT,
        "order_items_pkey": VALID,
        "order_items_refund_check": MOVES,
        "order_items_refund_id_fkey": KEPT,
        "order_items_refunded_by_check": MOVES,
        "order_items_refunded_check": MOVES,
        "orders_due_check": MOVES,
        "orders_ended_check": MOVES,
        "orders_paid_check": MOVES,
        "orders_pkey": AGAIN,
        "orders_refunded_check": MOVES,
        "orders_refunding_check": MOVES,
        "orders_returned_check": MOVES,
        "orders_state_check": WORD,
        "orders_total_check": VALID,
        "receipts_amount_check": VALID,
        "receipts_order_id_fkey": KEPT,
        "receipts_pkey": MOVES,
        "receipts_state_check": WORD,
        "refund_accounts_order_id_fkey": KEPT,
        "refund_accounts_pkey": AGAIN,
        "refund_batches_completed_check": MOVES,
        "refund_batches_pkey": AGAIN,
        "refund_batches_queued_check": MOVES,
        "refund_batches_session_id_key": AGAIN,
        "refund_batches_state_check": WORD,
        "refunds_amount_check": VALID,
        "refunds_due_check": MOVES,
        "refunds_failed_check": MOVES,
        "refunds_order_id_fkey": KEPT,
        "refunds_reason_check": WORD,
        "refunds_refund_batch_id_fkey": KEPT,
        "refunds_state_check": WORD,
        "refunds_succeeded_check": MOVES,
        "statements_drawn_up_check": MOVES,
        "statements_pkey": AGAIN,
        "statements_running_check": MOVES,
        "statements_state_check": WORD,
        "timeline_entries_kind_check": WORD,
        "timeline_entries_order_id_fkey": KEPT,
        "timeline_entries_pkey": OURS,
        "timeline_entries_source_check": WORD,
    },
    "review": {
        "cases_claim_check": MOVES,
        "cases_kind_check": WORD,
        "cases_owner_check": VALID,
        "cases_pkey": AGAIN,
        "cases_queued_check": MOVES,
        "cases_state_check": WORD,
        "cases_submissions_check": MOVES,
        "decisions_case_id_fkey": KEPT,
        "decisions_pkey": LOCKED,
        "decisions_reason_check": WORD,
        "decisions_verdict_check": WORD,
        "decisions_why_check": VALID,
        "duplicates_pkey": AGAIN,
        "duplicates_two_check": MOVES,
        "fingerprints_material_id_fkey": KEPT,
        "fingerprints_pkey": OURS,
        "materials_case_id_fkey": KEPT,
        "materials_kind_check": WORD,
        "materials_one_per_required_image_idx": LOCKED,
        "materials_pkey": OURS,
        "materials_same_image": LOCKED,
        "materials_submission_check": MOVES,
        "second_reviews_case_id_fkey": KEPT,
        "second_reviews_pkey": AGAIN,
        "second_reviews_verdict_check": WORD,
        "second_reviews_why_check": VALID,
    },
}
"""Constraints that no request can violate, and why."""


def repositories(service: str) -> Iterator[object]:
    """The modules of a service's repository."""
    package = importlib.import_module(f"services.{service}.repository")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(module.name)


def refused(service: str) -> Mapping[str, Conflict]:
    """Constraints of which a repository says what refusal they stand for."""
    tables = (getattr(module, "REFUSED_BY", {}) for module in repositories(service))
    return {name: conflict for table in tables for name, conflict in table.items()}


def constraints(service: str) -> set[str]:
    return set(columns_of_constraints(tables_of(service)))


@pytest.mark.parametrize("service", SERVICES)
def test_every_constraint_stands_for_something_that_a_caller_is_told_or_is_out_of_reach(service: str) -> None:  # F-26
    known = [*refused(service), *DECIDED[service], *UNREACHABLE[service], *UNREACHABLE["everywhere"]]
    assert sorted(known) == sorted(constraints(service)), "name what it stands for, or why nobody comes to it"


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_decided_about_is_read_by_its_name(service: str) -> None:  # F-26
    room = ROOT / "services" / service
    code = "\n".join(path.read_text() for path in [room / "tables.py", *(room / "repository").rglob("*.py")])
    assert [name for name in DECIDED[service] if f'"{name}"' not in code] == []
    assert not DECIDED[service] or "violated_constraint" in code


@pytest.mark.parametrize("service", SERVICES)
def test_a_constraint_that_refuses_names_a_typed_refusal_and_a_field_of_a_request(service: str) -> None:  # F-26
    fields = set(re.findall(r"^\s+(?:\w+\.)*\w+ (\w+) = \d+", protos_of(service), re.MULTILINE))
    for conflict in refused(service).values():
        assert isinstance(conflict.refused(), Refusal)
        assert not conflict.field or conflict.field in fields


def protos_of(service: str) -> str:
    return "\n".join(path.read_text() for path in (ROOT / "protos" / "zikao" / service).rglob("*_service.proto"))


def test_a_reason_is_a_reason() -> None:
    reasons = [why for part in (DECIDED, UNREACHABLE) for service in part.values() for why in service.values()]
    assert all(re.search(r"\w+ \w+ \w+", why) for why in reasons)
