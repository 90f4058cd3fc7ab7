"""The catalogue, registrations, selections and checkouts, and what the chassis keeps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis.postgres.migrations import create_tables
from chassis.postgres.shared_tables import shared_tables_v1

revision = "0001"
down_revision = None


def upgrade() -> None:
    _catalogue()
    _people()
    _selections()
    create_tables(shared_tables_v1)


def _catalogue() -> None:
    op.create_table(
        "catalogue_revision",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("catalogue_revision_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("catalogue_revision_pkey")),
    )
    op.create_table(
        "schools",
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school_code", name=op.f("schools_pkey")),
    )
    op.create_table(
        "majors",
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("special", sa.Boolean(), nullable=False),
        sa.Column("min_total_credits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("major_code", name=op.f("majors_pkey")),
    )
    op.create_table(
        "courses",
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("exam_method", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("paired_theory_code", sa.Text(), nullable=False),
        sa.Column("prerequisite_rule", sa.Text(), nullable=False),
        sa.Column("fee_item", sa.Text(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("course_code", name=op.f("courses_pkey")),
    )
    op.create_table(
        "districts",
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("outlying", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", name=op.f("districts_pkey")),
    )
    op.create_table(
        "hosts",
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("new_student_cap", sa.Integer(), nullable=True),
        sa.Column("reviews_practice", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("school_code", "major_code", name=op.f("hosts_pkey")),
    )
    op.create_table(
        "plan_courses",
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("school_code", "major_code", "course_code", name=op.f("plan_courses_pkey")),
    )
    op.create_table(
        "plan_groups",
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("min_courses", sa.Integer(), nullable=False),
        sa.Column("min_credits", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school_code", "major_code", "group", name=op.f("plan_groups_pkey")),
    )
    op.create_table(
        "course_equivalents",
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("old_course_codes", sa.Text(), nullable=False),
        sa.Column("new_course_codes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("major_code", "old_course_codes", name=op.f("course_equivalents_pkey")),
    )
    op.create_table(
        "special_proofs",
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("alternative_group", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("major_code", "kind", "fact", name=op.f("special_proofs_pkey")),
    )
    op.create_table(
        "exam_sessions",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("display_name_zh", sa.Text(), nullable=False),
        sa.Column("display_name_en", sa.Text(), nullable=False),
        sa.Column("registration_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registration_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payment_cutoff", sa.DateTime(timezone=True), nullable=False),
        sa.Column("close_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("settle_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "registration_start < registration_end AND registration_end <= payment_cutoff",
            name=op.f("exam_sessions_window_check"),
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("exam_sessions_pkey")),
    )
    op.create_table(
        "sittings",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("start", sa.Time(), nullable=True),
        sa.Column("end", sa.Time(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", "school_code", "course_code", name=op.f("sittings_pkey")),
    )
    op.create_table(
        "practice_sittings",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("start", sa.Time(), nullable=True),
        sa.Column("end", sa.Time(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", "school_code", "course_code", name=op.f("practice_sittings_pkey")),
    )
    op.create_table(
        "fees",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("fee_item", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("fees_amount_check")),
        sa.PrimaryKeyConstraint("session_id", "fee_item", name=op.f("fees_pkey")),
    )
    op.create_table(
        "questions",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label_zh", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "question_id", name=op.f("questions_pkey")),
    )
    op.create_table(
        "published_texts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("body_zh", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "scope", "version", name=op.f("published_texts_pkey")),
    )
    op.execute("INSERT INTO catalogue_revision (id, revision) VALUES (1, 0)")


def _people() -> None:
    op.create_table(
        "standings",
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("details_confirmed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("phone_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("identity_state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("document_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("correction_state", sa.Text(), server_default=sa.text("'NONE'"), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("standings_pkey")),
    )
    op.create_table(
        "registrations",
        sa.Column("registration_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("school_code", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("proof_state", sa.Text(), nullable=False),
        sa.Column("pledge_version", sa.Text(), nullable=False),
        sa.Column("ticket_number", sa.Text(), nullable=True),
        sa.Column("review_case_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("registrations_pkey")),
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
    op.create_table(
        "passed_courses",
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", "course_code", name=op.f("passed_courses_pkey")),
    )
    op.create_table(
        "major_changes",
        sa.Column("registration_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("old_major_code", sa.Text(), nullable=False),
        sa.Column("new_major_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("change_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "version", name=op.f("major_changes_pkey")),
    )
    op.create_table(
        "text_acceptances",
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("accept_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", "kind", "scope", "version", name=op.f("text_acceptances_pkey")),
    )
    op.create_table(
        "participations",
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=True),
        sa.Column("questionnaire_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("notice_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", "session_id", name=op.f("participations_pkey")),
    )
    op.execute("CREATE SEQUENCE ticket_number_seq")


def _selections() -> None:
    op.create_table(
        "selections",
        sa.Column("selection_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("registration_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.Column("course_kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("time_range", postgresql.TSTZRANGE(), nullable=True),
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.Column("review_case_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live", sa.Boolean(), sa.Computed("state <> 'VOID'", persisted=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("candidate_id"), "="),
            (sa.column("time_range"), "&&"),
            where=sa.text("live"),
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
        sa.PrimaryKeyConstraint("selection_id", name=op.f("selections_pkey")),
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
    op.create_table(
        "checkouts",
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("undertaking_version", sa.Text(), nullable=False),
        sa.Column("selection_ids", postgresql.ARRAY(sa.UUID(as_uuid=False)), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("total_fen > 0", name=op.f("checkouts_total_check")),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("payment_cutoff", sa.DateTime(timezone=True), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("checkouts_pkey")),
    )
    op.create_index(
        "checkouts_one_unsettled",
        "checkouts",
        ["candidate_id", "session_id"],
        unique=True,
        postgresql_where=sa.text("state = 'UNSETTLED'"),
    )
