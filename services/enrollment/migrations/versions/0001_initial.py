"""The catalogue, registrations, selections and checkouts, and what the chassis keeps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis.postgres.columns import an_id, instant, text_columns, text_key
from chassis.postgres.migrations import create_tables
from chassis.postgres.shared_tables import shared_tables_v1

revision = "0001_initial"
down_revision = None


def upgrade() -> None:
    _catalogue()
    _people()
    _selections()
    create_tables(shared_tables_v1)


def _catalogue() -> None:
    op.create_table(
        "catalogue_revision",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("catalogue_revision_single_check")),
    )
    op.create_table(
        "schools",
        *text_key("school_code"),
        *text_columns("name"),
    )
    op.create_table(
        "majors",
        *text_key("major_code"),
        *text_columns("name", "level"),
        sa.Column("special", sa.Boolean(), nullable=False),
        sa.Column("min_total_credits", sa.Integer(), nullable=False),
    )
    op.create_table(
        "courses",
        *text_key("course_code"),
        *text_columns("name", "exam_method", "kind", "paired_theory_code", "prerequisite_rule", "fee_item"),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "districts",
        *text_key("district_code"),
        *text_columns("name"),
        sa.Column("outlying", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "hosts",
        *text_key("school_code", "major_code"),
        sa.Column("new_student_cap", sa.Integer()),
        sa.Column("reviews_practice", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "plan_courses",
        *text_key("school_code", "major_code", "course_code"),
        *text_columns("group"),
        sa.Column("effective_from", sa.Date()),
        sa.Column("effective_until", sa.Date()),
    )
    op.create_table(
        "plan_groups",
        *text_key("school_code", "major_code", "group"),
        sa.Column("min_courses", sa.Integer(), nullable=False),
        sa.Column("min_credits", sa.Integer(), nullable=False),
        *text_columns("rule"),
    )
    op.create_table(
        "course_equivalents",
        *text_key("major_code", "old_course_codes"),
        *text_columns("new_course_codes"),
    )
    op.create_table(
        "special_proofs",
        *text_key("major_code", "kind", "fact"),
        *text_columns("alternative_group", "fact_en", "shows", "explanation_zh", "explanation_en"),
    )
    op.create_table(
        "exam_sessions",
        *text_key("session_id"),
        *text_columns("display_name_zh", "display_name_en"),
        instant("registration_start"),
        instant("registration_end"),
        instant("payment_cutoff"),
        instant("close_time", nullable=True),
        instant("cancel_time", nullable=True),
        sa.Column("cancel_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        instant("refund_request_deadline", nullable=True),
        instant("settle_time", nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "registration_start < registration_end AND registration_end <= payment_cutoff",
            name=op.f("exam_sessions_window_check"),
        ),
    )
    op.create_table(
        "sittings",
        *text_key("session_id", "school_code", "course_code"),
        sa.Column("date", sa.Date()),
        sa.Column("period", sa.Text()),
        sa.Column("start", sa.Time()),
        sa.Column("end", sa.Time()),
    )
    op.create_table(
        "practice_sittings",
        *text_key("session_id", "school_code", "course_code"),
        sa.Column("date", sa.Date()),
        sa.Column("period", sa.Text()),
        sa.Column("start", sa.Time()),
        sa.Column("end", sa.Time()),
    )
    op.create_table(
        "fees",
        *text_key("session_id", "fee_item"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("fees_amount_check")),
    )
    op.create_table(
        "questions",
        *text_key("session_id", "question_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        *text_columns("kind", "label_zh", "label_en"),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
    )
    op.create_table(
        "published_texts",
        *text_key("kind", "scope"),
        sa.Column("version", sa.Integer(), autoincrement=False, primary_key=True),
        *text_columns("title_zh", "title_en", "body_zh", "body_en"),
        instant("create_time"),
    )
    op.create_table(
        "announcements",
        an_id("announcement_id", primary_key=True),
        *text_columns("kind", "audience", "session_id", "title_zh", "title_en", "body_zh", "body_en"),
        instant("create_time"),
        instant("withdraw_time", nullable=True),
        sa.CheckConstraint("kind IN ('ANNOUNCEMENT', 'QUESTION')", name=op.f("announcements_kind_check")),
        sa.CheckConstraint(
            "audience IN ('ENROLLED_CANDIDATES', 'EVERYBODY', 'NEW_CANDIDATES')",
            name=op.f("announcements_audience_check"),
        ),
    )
    op.create_index("announcements_listed_idx", "announcements", ["create_time", "announcement_id"])
    op.create_table(
        "session_notices",
        an_id("notice_id", primary_key=True),
        *text_columns("session_id", "about"),
        instant("end_time"),
        an_id("after", server_default=sa.text("'00000000-0000-0000-0000-000000000000'")),
        instant("create_time"),
        instant("complete_time", nullable=True),
        sa.CheckConstraint(
            "about IN ('SELECTIONS_UNPAID', 'SESSION_CHANGED')", name=op.f("session_notices_about_check")
        ),
    )
    op.execute("INSERT INTO catalogue_revision (id, revision) VALUES (1, 0)")


def _people() -> None:
    op.create_table(
        "standings",
        an_id("candidate_id", primary_key=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("details_confirmed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("phone_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("identity_state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("document_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("correction_state", sa.Text(), server_default=sa.text("'NONE'"), nullable=False),
    )
    op.create_index(
        "standings_ended_idx",
        "standings",
        ["candidate_id"],
        postgresql_where=sa.text("identity_state = 'ENDED'"),
    )
    op.create_table(
        "registrations",
        an_id("registration_id", primary_key=True),
        an_id("candidate_id"),
        *text_columns("school_code", "major_code", "origin", "proof_state", "pledge_version"),
        sa.Column("ticket_number", sa.Text()),
        an_id("review_case_id", nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        instant("create_time"),
        sa.UniqueConstraint("candidate_id", "school_code", "major_code", name="registrations_one_per_major"),
        sa.UniqueConstraint("registration_id", "candidate_id", name="registrations_owner"),
        sa.UniqueConstraint("ticket_number", name="registrations_ticket_number_key"),
    )
    op.create_index(
        "registrations_one_waiting",
        "registrations",
        ["candidate_id"],
        unique=True,
        postgresql_where=sa.text("ticket_number IS NULL"),
    )
    op.create_index(
        "registrations_new_students_idx",
        "registrations",
        ["school_code", "major_code"],
        postgresql_where=sa.text("origin = 'NEW'"),
    )
    op.create_index("registrations_create_time_idx", "registrations", ["create_time"], postgresql_using="brin")
    op.create_table(
        "passed_courses",
        an_id("candidate_id", primary_key=True),
        *text_key("course_code"),
    )
    op.create_table(
        "major_changes",
        an_id("registration_id", primary_key=True),
        sa.Column("version", sa.BigInteger(), autoincrement=False, primary_key=True),
        *text_columns("old_major_code", "new_major_code", "reason", "operator_id"),
        instant("change_time"),
    )
    op.create_table(
        "text_acceptances",
        an_id("candidate_id", primary_key=True),
        *text_key("kind", "scope"),
        sa.Column("version", sa.Integer(), autoincrement=False, primary_key=True),
        instant("accept_time"),
    )
    op.create_table(
        "participations",
        an_id("candidate_id", primary_key=True),
        *text_key("session_id"),
        sa.Column("answers", postgresql.JSONB()),
        instant("questionnaire_time", nullable=True),
        sa.Column("notice_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        instant("notice_time", nullable=True),
        sa.Column("district_code", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.execute("CREATE SEQUENCE ticket_number_seq")


def _selections() -> None:
    op.create_table(
        "selections",
        an_id("selection_id", primary_key=True),
        an_id("candidate_id"),
        an_id("registration_id"),
        *text_columns("session_id", "course_code", "course_kind", "state"),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("time_range", postgresql.TSTZRANGE()),
        an_id("order_id", nullable=True),
        sa.Column("void_reason", sa.Text()),
        an_id("review_case_id", nullable=True),
        instant("create_time"),
        instant("update_time"),
        sa.Column("live", sa.Boolean(), sa.Computed("state <> 'VOID'", persisted=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("candidate_id"), "="),
            (sa.column("time_range"), "&&"),
            where=sa.text("live::int = 1"),
            using="gist",
            name="selections_no_overlap",
        ),
        sa.CheckConstraint("(state = 'VOID') = (void_reason IS NOT NULL)", name=op.f("selections_void_reason_check")),
        sa.CheckConstraint(
            "state <> 'RESERVED' OR order_id IS NOT NULL", name=op.f("selections_reserved_by_order_check")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id", "candidate_id"],
            ["registrations.registration_id", "registrations.candidate_id"],
            name="selections_owner",
        ),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "selections_candidate_id_session_id_idx",
        "selections",
        ["candidate_id", "session_id"],
        postgresql_where=sa.text("NOT live"),
    )
    op.create_index(
        "selections_one_live_per_course",
        "selections",
        ["candidate_id", "session_id", "course_code"],
        unique=True,
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "selections_practice_idx",
        "selections",
        ["session_id", "course_code"],
        postgresql_where=sa.text("live AND course_kind <> 'THEORY'"),
    )
    op.create_index("selections_create_time_idx", "selections", ["create_time"], postgresql_using="brin")
    op.create_table(
        "refund_requests",
        an_id("selection_id", primary_key=True),
        an_id("candidate_id"),
        *text_columns("session_id"),
        an_id("order_id"),
        *text_columns("course_code"),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        *text_columns("reason", "state"),
        instant("create_time"),
        instant("decide_time", nullable=True),
        sa.Column("decided_by", sa.Text()),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("state IN ('WAITING', 'APPROVED', 'REFUSED')", name=op.f("refund_requests_state_check")),
        sa.CheckConstraint(
            "(state = 'WAITING') = (decide_time IS NULL) AND (state = 'WAITING') = (decided_by IS NULL)",
            name=op.f("refund_requests_decided_check"),
        ),
        sa.CheckConstraint("state <> 'REFUSED' OR note <> ''", name=op.f("refund_requests_why_check")),
        sa.ForeignKeyConstraint(["selection_id"], ["selections.selection_id"], name="refund_requests_selection"),
    )
    op.create_index("refund_requests_candidate_idx", "refund_requests", ["candidate_id"])
    op.create_index(
        "refund_requests_waiting_idx",
        "refund_requests",
        ["create_time"],
        postgresql_where=sa.text("state = 'WAITING'"),
    )
    op.create_table(
        "papers",
        an_id("paper_id", primary_key=True),
        an_id("candidate_id"),
        an_id("registration_id"),
        *text_columns("session_id", "kind", "check_code"),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        instant("create_time"),
        sa.CheckConstraint("kind IN ('CONFIRMATION', 'REGISTRATION_FORM')", name=op.f("papers_kind_check")),
        sa.UniqueConstraint("check_code", name="papers_check_code_key"),
        sa.UniqueConstraint("registration_id", "session_id", "kind", "digest", name="papers_facts_key"),
        sa.ForeignKeyConstraint(
            ["registration_id", "candidate_id"],
            ["registrations.registration_id", "registrations.candidate_id"],
            name="papers_owner",
        ),
    )
    op.create_index("papers_candidate_idx", "papers", ["candidate_id", "create_time"])
    op.create_table(
        "checkouts",
        an_id("order_id", primary_key=True),
        an_id("candidate_id"),
        *text_columns("session_id", "state", "undertaking_version"),
        sa.Column("selection_ids", postgresql.ARRAY(sa.UUID(as_uuid=False)), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("total_fen > 0", name=op.f("checkouts_total_check")),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        instant("payment_cutoff"),
        instant("create_time"),
    )
    op.create_index(
        "checkouts_one_unsettled",
        "checkouts",
        ["candidate_id", "session_id"],
        unique=True,
        postgresql_where=sa.text("state = 'UNSETTLED'"),
    )
