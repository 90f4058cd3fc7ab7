"""Cases, materials, decisions and the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

# RE-7: what is written stays as it is, whoever asks.
APPEND_ONLY = """
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_append_only';
END $$
"""
TRIGGER = """
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay()
"""
INSERT_AND_READ_ONLY = "REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM zikao_review"


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("material_id", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("audit_entries_pkey")),
    )
    op.create_index("audit_entries_case_id_idx", "audit_entries", ["case_id", "number"], unique=False)
    op.create_table(
        "cases",
        sa.Column("case_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("subject_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("person_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submission", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("submit_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("claim_expire_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'CLAIMED') = (claimed_by IS NOT NULL) AND (claimed_by IS NULL) = (claim_expire_time IS NULL)",
            name=op.f("cases_claim_check"),
        ),
        sa.CheckConstraint(
            (
                "kind IN ('IDENTITY_PROOF', 'DOCUMENT_TYPE', 'SPECIAL_MAJOR', 'DETAILS', 'PHONE_CHANGE', "
                "'PRACTICE_COURSE')"
            ),
            name=op.f("cases_kind_check"),
        ),
        sa.CheckConstraint(
            "state IN ('COLLECTING', 'WAITING', 'CLAIMED', 'APPROVED', 'REJECTED')", name=op.f("cases_state_check")
        ),
        sa.CheckConstraint(
            "state NOT IN ('WAITING', 'CLAIMED') OR (submission > 0 AND deadline IS NOT NULL)",
            name=op.f("cases_queued_check"),
        ),
        sa.CheckConstraint("submission BETWEEN 0 AND 3", name=op.f("cases_submissions_check")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("cases_pkey")),
    )
    op.create_index("cases_candidate_id_idx", "cases", ["candidate_id", "create_time"], unique=False)
    op.create_index(
        "cases_organisation_update_time_idx", "cases", ["organisation", "state", "update_time"], unique=False
    )
    op.create_index(
        "cases_queue_idx",
        "cases",
        ["organisation", "deadline", "case_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('WAITING', 'CLAIMED')"),
    )
    op.create_table(
        "idempotency",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("request_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("claim_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "method", "request_id", name=op.f("idempotency_pkey")),
    )
    op.create_index(op.f("idempotency_claim_time_idx"), "idempotency", ["claim_time"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("trace", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("outbox_pkey")),
    )
    op.create_index("outbox_due_idx", "outbox", ["destination", "available_time", "seq"], unique=False)
    op.create_index("outbox_order_idx", "outbox", ["destination", "aggregate_id", "seq"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("case_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("submission", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("reviewer_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("decide_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            (
                "reason IN ('IMAGE_UNREADABLE', 'MATERIAL_MISSING', 'DOCUMENT_MISMATCH', 'DOCUMENT_EXPIRED', "
                "'PERSON_MISMATCH', 'CONDITION_NOT_MET', 'SUSPECTED_FORGERY', 'SEE_NOTE')"
            ),
            name=op.f("decisions_reason_check"),
        ),
        sa.CheckConstraint("verdict = 'APPROVED' OR reason IS NOT NULL", name=op.f("decisions_why_check")),
        sa.CheckConstraint("verdict IN ('APPROVED', 'REJECTED', 'ASKED_AGAIN')", name=op.f("decisions_verdict_check")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("decisions_case_id_fkey")),
        sa.PrimaryKeyConstraint("case_id", "submission", name=op.f("decisions_pkey")),
    )
    op.create_index("decisions_decide_time_idx", "decisions", ["decide_time"], unique=False)
    op.create_table(
        "materials",
        sa.Column("material_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("case_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("submission", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            (
                "kind IN ('DOCUMENT_FRONT', 'DOCUMENT_BACK', 'HOLDING_DOCUMENT', 'CERTIFICATE', "
                "'EMPLOYMENT_PROOF', 'OTHER')"
            ),
            name=op.f("materials_kind_check"),
        ),
        sa.CheckConstraint("submission BETWEEN 1 AND 3", name=op.f("materials_submission_check")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("materials_case_id_fkey")),
        sa.PrimaryKeyConstraint("material_id", name=op.f("materials_pkey")),
        sa.UniqueConstraint("case_id", "submission", "kind", "digest", name="materials_same_image"),
    )
    for statement in (APPEND_ONLY, TRIGGER, INSERT_AND_READ_ONLY):
        op.execute(statement)
