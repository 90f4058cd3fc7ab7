"""The tables of enrollment, with the constraints that state its invariants."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, UUID, ExcludeConstraint

from chassis.postgres.columns import CONSTRAINT_NAMES, an_id, instant, one_of, text_columns, text_key
from chassis.postgres.shared_tables import shared_tables_v1
from services.enrollment.domain.announcements import AnnouncementKind, Audience
from services.enrollment.domain.papers import PaperKind
from services.enrollment.domain.window_operations import NoticeKind

metadata: Final = MetaData(naming_convention=CONSTRAINT_NAMES)

NO_OVERLAP: Final = "selections_no_overlap"
ONE_LIVE_PER_COURSE: Final = "selections_one_live_per_course"
ONE_UNSETTLED: Final = "checkouts_one_unsettled"
ONE_WAITING: Final = "registrations_one_waiting"
TICKET_NUMBER: Final = "registrations_ticket_number_key"


def _sitting() -> list[Column[Any]]:
    times: list[Column[Any]] = [
        Column("date", Date),
        Column("period", Text),
        Column("start", Time),
        Column("end", Time),
    ]
    return [*text_key("session_id", "school_code", "course_code"), *times]


# The catalogue. One row holds its revision; whatever changes any part of it moves the revision on in the same
# transaction.

catalogue_revision: Final = Table(
    "catalogue_revision",
    metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1", name="single"), primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)
schools: Final = Table("schools", metadata, *text_key("school_code"), *text_columns("name"))
majors: Final = Table(
    "majors",
    metadata,
    *text_key("major_code"),
    *text_columns("name", "level"),
    Column("special", Boolean, nullable=False),
    Column("min_total_credits", Integer, nullable=False),
)
courses: Final = Table(
    "courses",
    metadata,
    *text_key("course_code"),
    *text_columns("name", "exam_method", "kind", "paired_theory_code", "prerequisite_rule", "fee_item"),
    Column("credits", Integer, nullable=False),
    Column("retired", Boolean, nullable=False),
)
districts: Final = Table(
    "districts",
    metadata,
    *text_key("district_code"),
    *text_columns("name"),
    Column("outlying", Boolean, nullable=False),
)
hosts: Final = Table(
    "hosts",
    metadata,
    *text_key("school_code", "major_code"),
    Column("new_student_cap", Integer),
    Column("reviews_practice", Boolean, nullable=False),
    Column("verified", Boolean, nullable=False),
)
plan_courses: Final = Table(
    "plan_courses",
    metadata,
    *text_key("school_code", "major_code", "course_code"),
    *text_columns("group"),
    Column("effective_from", Date),
    Column("effective_until", Date),
)
plan_groups: Final = Table(
    "plan_groups",
    metadata,
    *text_key("school_code", "major_code", "group"),
    Column("min_courses", Integer, nullable=False),
    Column("min_credits", Integer, nullable=False),
    *text_columns("rule"),
)
course_equivalents: Final = Table(
    "course_equivalents", metadata, *text_key("major_code", "old_course_codes"), *text_columns("new_course_codes")
)
special_proofs: Final = Table(
    "special_proofs",
    metadata,
    *text_key("major_code", "kind", "fact"),
    *text_columns("alternative_group", "fact_en", "shows", "explanation_zh", "explanation_en"),
)
exam_sessions: Final = Table(
    "exam_sessions",
    metadata,
    *text_key("session_id"),
    *text_columns("display_name_zh", "display_name_en"),
    instant("registration_start"),
    instant("registration_end"),
    instant("payment_cutoff"),
    instant("close_time", nullable=True),
    instant("cancel_time", nullable=True),
    Column("cancel_reason", Text, nullable=False, server_default=text("''")),
    instant("refund_request_deadline", nullable=True),
    # When an ended session had nothing left but selections that count (EN-8), or none at all (PA-12).
    instant("settle_time", nullable=True),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    CheckConstraint("registration_start < registration_end AND registration_end <= payment_cutoff", name="window"),
)
sittings: Final = Table("sittings", metadata, *_sitting())
# EN-6: times that a school has set for its practice courses. They stand before the timetable's, and no import touches
# them; a row without times takes a time of the timetable away.
practice_sittings: Final = Table("practice_sittings", metadata, *_sitting())
fees: Final = Table(
    "fees",
    metadata,
    *text_key("session_id", "fee_item"),
    Column("amount_fen", BigInteger, CheckConstraint("amount_fen > 0", name="amount"), nullable=False),
)
questions: Final = Table(
    "questions",
    metadata,
    *text_key("session_id", "question_id"),
    Column("position", Integer, nullable=False),
    *text_columns("kind", "label_zh", "label_en"),
    Column("required", Boolean, nullable=False),
    Column("options", JSONB, nullable=False),
)
published_texts: Final = Table(
    "published_texts",
    metadata,
    *text_key("kind", "scope"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    *text_columns("title_zh", "title_en", "body_zh", "body_en"),
    instant("create_time"),
)

announcements: Final = Table(
    "announcements",
    metadata,
    an_id("announcement_id", primary_key=True),
    *text_columns("kind", "audience", "session_id", "title_zh", "title_en", "body_zh", "body_en"),
    instant("create_time"),
    instant("withdraw_time", nullable=True),
    one_of("kind", AnnouncementKind),
    one_of("audience", Audience),
    Index("announcements_listed_idx", "create_time", "announcement_id"),
)
"""Published for good: of a row only `withdraw_time` changes, once (EN-17)."""
session_notices: Final = Table(
    "session_notices",
    metadata,
    an_id("notice_id", primary_key=True),
    *text_columns("session_id", "about"),
    instant("end_time"),
    an_id("after", server_default=text("'00000000-0000-0000-0000-000000000000'")),
    instant("create_time"),
    instant("complete_time", nullable=True),
    one_of("about", NoticeKind),
)
"""What candidates of a session are told (EN-19), in the order of their ids: `after` is who was told last."""

# The person, as far as enrollment gates on it.

standings: Final = Table(
    "standings",
    metadata,
    an_id("candidate_id", primary_key=True),
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column("details_confirmed", Boolean, nullable=False, server_default=text("false")),
    Column("phone_verified", Boolean, nullable=False, server_default=text("false")),
    Column("identity_state", Text, nullable=False, server_default=text("'PENDING'")),
    Column("document_type", Text, nullable=False, server_default=text("''")),
    Column("correction_state", Text, nullable=False, server_default=text("'NONE'")),
    # ID-15: few, and looked through often.
    Index("standings_ended_idx", "candidate_id", postgresql_where=text("identity_state = 'ENDED'")),
)
registrations: Final = Table(
    "registrations",
    metadata,
    an_id("registration_id", primary_key=True),
    an_id("candidate_id"),
    *text_columns("school_code", "major_code", "origin", "proof_state", "pledge_version"),
    Column("ticket_number", Text),
    an_id("review_case_id", nullable=True),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    instant("create_time"),
    UniqueConstraint("ticket_number", name=TICKET_NUMBER),  # invariant 4
    UniqueConstraint("candidate_id", "school_code", "major_code", name="registrations_one_per_major"),
    UniqueConstraint("registration_id", "candidate_id", name="registrations_owner"),
    # ID-12: a new candidate's major is fixed, so only one registration at a time waits for its ticket number.
    Index(ONE_WAITING, "candidate_id", unique=True, postgresql_where=text("ticket_number IS NULL")),
    # OP-4: rows come in the order of time, so a look at the last minutes needs no more than this.
    Index("registrations_create_time_idx", "create_time", postgresql_using="brin"),
    # EN-4: a cap counts these.
    Index("registrations_new_students_idx", "school_code", "major_code", postgresql_where=text("origin = 'NEW'")),
)
ticket_numbers: Final = Sequence("ticket_number_seq", metadata=metadata)
passed_courses: Final = Table(
    "passed_courses", metadata, an_id("candidate_id", primary_key=True), *text_key("course_code")
)
major_changes: Final = Table(
    "major_changes",
    metadata,
    an_id("registration_id", primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    *text_columns("old_major_code", "new_major_code", "reason", "operator_id"),
    instant("change_time"),
)
text_acceptances: Final = Table(
    "text_acceptances",
    metadata,
    an_id("candidate_id", primary_key=True),
    *text_key("kind", "scope"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    instant("accept_time"),
)
participations: Final = Table(
    "participations",
    metadata,
    an_id("candidate_id", primary_key=True),
    *text_key("session_id"),
    Column("answers", JSONB),
    instant("questionnaire_time", nullable=True),
    Column("notice_version", Integer, nullable=False, server_default=text("0")),
    instant("notice_time", nullable=True),
    Column("district_code", Text, nullable=False, server_default=text("''")),
)

# The hot tables. They name catalogue rows without a foreign key: every insert would lock the same few parent rows, and
# PostgreSQL keeps such shared locks in multixacts that all writers then contend for. The catalogue's rows are checked
# by the revision guard of the inserting statement instead. All of them carry candidate_id: no statement crosses
# candidates, so the tables can be sharded by it.

selections: Final = Table(
    "selections",
    metadata,
    an_id("selection_id", primary_key=True),
    an_id("candidate_id"),
    an_id("registration_id"),
    *text_columns("session_id", "course_code", "course_kind", "state"),
    Column("fee_fen", BigInteger, nullable=False),
    Column("time_range", TSTZRANGE),
    an_id("order_id", nullable=True),
    Column("void_reason", Text),
    an_id("review_case_id", nullable=True),
    instant("create_time"),
    instant("update_time"),
    # The indexes' predicates look at this column and not at the state: it stays true from DRAFT to EFFECTIVE, so those
    # updates touch no index (HOT) and do not pay for the exclusion constraint again.
    Column("live", Boolean, Computed("state <> 'VOID'", persisted=True), nullable=False),
    CheckConstraint("(state = 'VOID') = (void_reason IS NOT NULL)", name="void_reason"),
    CheckConstraint("state <> 'RESERVED' OR order_id IS NOT NULL", name="reserved_by_order"),
    ForeignKeyConstraint(
        ["registration_id", "candidate_id"],
        ["registrations.registration_id", "registrations.candidate_id"],
        name="selections_owner",
    ),
    # EN-5, invariant 1. No query says `live` in these words, so that none reads this index (docs/architecture/
    # invariants.md, "An index for the constraint alone").
    ExcludeConstraint(
        ("candidate_id", "="), ("time_range", "&&"), name=NO_OVERLAP, using="gist", where=text("live::int = 1")
    ),
    # PA-7.
    Index(
        ONE_LIVE_PER_COURSE,
        "candidate_id",
        "session_id",
        "course_code",
        unique=True,
        postgresql_where=text("live"),
    ),
    Index("selections_candidate_id_session_id_idx", "candidate_id", "session_id", postgresql_where=text("NOT live")),
    # What a school looks at; selecting theory does not pay for it.
    Index(
        "selections_practice_idx",
        "session_id",
        "course_code",
        postgresql_where=text("live AND course_kind <> 'THEORY'"),
    ),
    # OP-4.
    Index("selections_create_time_idx", "create_time", postgresql_using="brin"),
    postgresql_with={"fillfactor": 80},
)
# PA-14: a candidate asks once for the fee of a course; a decision has its time and its maker.
refund_requests: Final = Table(
    "refund_requests",
    metadata,
    an_id("selection_id", primary_key=True),
    an_id("candidate_id"),
    *text_columns("session_id"),
    an_id("order_id"),
    *text_columns("course_code"),
    Column("fee_fen", BigInteger, nullable=False),
    *text_columns("reason", "state"),
    instant("create_time"),
    instant("decide_time", nullable=True),
    Column("decided_by", Text),
    Column("note", Text, nullable=False, server_default=text("''")),
    CheckConstraint("state IN ('WAITING', 'APPROVED', 'REFUSED')", name="state"),
    CheckConstraint(
        "(state = 'WAITING') = (decide_time IS NULL) AND (state = 'WAITING') = (decided_by IS NULL)", name="decided"
    ),
    CheckConstraint("state <> 'REFUSED' OR note <> ''", name="why"),
    ForeignKeyConstraint(["selection_id"], ["selections.selection_id"], name="refund_requests_selection"),
    Index("refund_requests_candidate_idx", "candidate_id"),
    Index("refund_requests_waiting_idx", "create_time", postgresql_where=text("state = 'WAITING'")),
)
# EN-18: what a paper states never changes. The same facts are the same paper, so that it has one code.
papers: Final = Table(
    "papers",
    metadata,
    an_id("paper_id", primary_key=True),
    an_id("candidate_id"),
    an_id("registration_id"),
    *text_columns("session_id", "kind", "check_code"),
    Column("facts", JSONB, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    instant("create_time"),
    one_of("kind", PaperKind),
    UniqueConstraint("check_code", name="papers_check_code_key"),
    UniqueConstraint("registration_id", "session_id", "kind", "digest", name="papers_facts_key"),
    ForeignKeyConstraint(
        ["registration_id", "candidate_id"],
        ["registrations.registration_id", "registrations.candidate_id"],
        name="papers_owner",
    ),
    Index("papers_candidate_idx", "candidate_id", "create_time"),
)
checkouts: Final = Table(
    "checkouts",
    metadata,
    an_id("order_id", primary_key=True),
    an_id("candidate_id"),
    *text_columns("session_id", "state", "undertaking_version"),
    Column("selection_ids", ARRAY(UUID(as_uuid=False)), nullable=False),
    Column("total_fen", BigInteger, CheckConstraint("total_fen > 0", name="total"), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    instant("payment_cutoff"),
    instant("create_time"),
    # EN-9, PA-7.
    Index(ONE_UNSETTLED, "candidate_id", "session_id", unique=True, postgresql_where=text("state = 'UNSETTLED'")),
)

outbox: Final = shared_tables_v1(metadata).outbox
