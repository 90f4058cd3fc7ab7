"""Cases with their materials and decisions, second reviews, duplicates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.postgres.columns import an_id, instant, text_columns
from chassis.postgres.migrations import create_tables
from chassis.postgres.shared_tables import shared_tables_v1

revision = "0001_initial"
down_revision = None


def upgrade() -> None:
    create_tables(shared_tables_v1)
    op.create_table(
        "cases",
        an_id("case_id", primary_key=True),
        *text_columns("kind"),
        an_id("candidate_id"),
        an_id("subject_id"),
        *text_columns("organisation"),
        sa.Column("person_cipher", sa.LargeBinary(), nullable=False),
        *text_columns("subject_name"),
        sa.Column("conditions", JSONB(), nullable=False),
        sa.Column("named_images", JSONB(), nullable=False),
        *text_columns("state"),
        sa.Column("submission", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        instant("submit_time", nullable=True),
        instant("deadline", nullable=True),
        an_id("claimed_by", nullable=True),
        instant("claim_expire_time", nullable=True),
        instant("effect_time", nullable=True),
        sa.Column("most_submissions", sa.SmallInteger(), server_default=sa.text("3"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        instant("create_time"),
        instant("update_time"),
        sa.CheckConstraint("(kind = 'PHONE_CHANGE') = (organisation = 'AUTHORITY')", name=op.f("cases_owner_check")),
        sa.CheckConstraint(
            "(state = 'CLAIMED') = (claimed_by IS NOT NULL) AND (claimed_by IS NULL) = (claim_expire_time IS NULL)",
            name=op.f("cases_claim_check"),
        ),
        sa.CheckConstraint(
            "kind IN ('DETAILS', 'DOCUMENT_TYPE', 'IDENTITY_PROOF', 'PHONE_CHANGE', 'PRACTICE_COURSE', "
            "'SPECIAL_MAJOR')",
            name=op.f("cases_kind_check"),
        ),
        sa.CheckConstraint(
            "state IN ('APPROVED', 'CLAIMED', 'COLLECTING', 'REJECTED', 'WAITING', 'WITHDRAWN')",
            name=op.f("cases_state_check"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('WAITING', 'CLAIMED') OR (submission > 0 AND deadline IS NOT NULL)",
            name=op.f("cases_queued_check"),
        ),
        sa.CheckConstraint("submission BETWEEN 0 AND most_submissions", name=op.f("cases_submissions_check")),
    )
    op.create_index("cases_candidate_id_idx", "cases", ["candidate_id", "create_time"])
    op.create_index("cases_organisation_update_time_idx", "cases", ["organisation", "state", "update_time"])
    op.create_index(
        "cases_queue_idx",
        "cases",
        ["organisation", "deadline", "case_id"],
        postgresql_where=sa.text("state IN ('WAITING', 'CLAIMED')"),
    )
    op.create_table(
        "decisions",
        an_id("case_id"),
        sa.Column("submission", sa.SmallInteger(), autoincrement=False, nullable=False),
        *text_columns("verdict"),
        sa.Column("reason", sa.Text()),
        sa.Column("note_cipher", sa.LargeBinary(), nullable=False),
        an_id("reviewer_id"),
        instant("decide_time"),
        instant("effect_time"),
        sa.Column("sampled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "reason IN ('CONDITION_NOT_MET', 'DETAILS_WRONG', 'DOCUMENT_EXPIRED', 'DOCUMENT_MISMATCH', "
            "'IMAGE_UNREADABLE', 'MATERIAL_MISSING', 'PERSON_MISMATCH', 'PHOTO_UNFIT', 'SEE_NOTE', "
            "'SUSPECTED_FORGERY')",
            name=op.f("decisions_reason_check"),
        ),
        sa.CheckConstraint("verdict = 'APPROVED' OR reason IS NOT NULL", name=op.f("decisions_why_check")),
        sa.CheckConstraint("verdict IN ('APPROVED', 'ASKED_AGAIN', 'REJECTED')", name=op.f("decisions_verdict_check")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("decisions_case_id_fkey")),
        sa.PrimaryKeyConstraint("case_id", "submission", name=op.f("decisions_pkey")),
    )
    op.create_index("decisions_decide_time_idx", "decisions", ["decide_time"])
    op.create_index("decisions_sampled_idx", "decisions", ["decide_time"], postgresql_where=sa.text("sampled"))
    op.create_table(
        "materials",
        an_id("material_id", primary_key=True),
        an_id("case_id"),
        *text_columns("required_image_id", "kind"),
        sa.Column("submission", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        instant("create_time"),
        instant("compare_time", nullable=True),
        sa.CheckConstraint(
            "kind IN ('CERTIFICATE', 'DOCUMENT_BACK', 'DOCUMENT_FRONT', 'EMPLOYMENT_PROOF', "
            "'HOLDING_DOCUMENT', 'OTHER', 'PORTRAIT')",
            name=op.f("materials_kind_check"),
        ),
        sa.CheckConstraint("submission >= 1", name=op.f("materials_submission_check")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("materials_case_id_fkey")),
        sa.UniqueConstraint("case_id", "submission", "required_image_id", "digest", name="materials_same_image"),
    )
    op.create_index("materials_digest_idx", "materials", ["digest"])
    op.create_index(
        "materials_one_per_required_image_idx",
        "materials",
        ["case_id", "submission", "required_image_id"],
        unique=True,
        postgresql_where=sa.text("required_image_id <> 'OTHER'"),
    )
    op.create_table(
        "duplicates",
        an_id("material_id"),
        an_id("other_id"),
        sa.Column("exact", sa.Boolean(), nullable=False),
        sa.CheckConstraint("material_id <> other_id", name=op.f("duplicates_two_check")),
        sa.ForeignKeyConstraint(
            ["material_id"],
            ["materials.material_id"],
            name=op.f("duplicates_material_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["materials.material_id"], name=op.f("duplicates_other_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("material_id", "other_id", name=op.f("duplicates_pkey")),
    )
    op.create_index(op.f("duplicates_other_id_idx"), "duplicates", ["other_id"])
    op.create_table(
        "fingerprints",
        an_id("material_id", primary_key=True),
        sa.Column("outline", sa.BigInteger(), nullable=False),
        sa.Column("sketch_cipher", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["material_id"],
            ["materials.material_id"],
            name=op.f("fingerprints_material_id_fkey"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "second_reviews",
        an_id("case_id"),
        sa.Column("submission", sa.SmallInteger(), autoincrement=False, nullable=False),
        *text_columns("verdict"),
        sa.Column("reason", sa.Text()),
        sa.Column("note_cipher", sa.LargeBinary(), nullable=False),
        an_id("reviewer_id"),
        instant("decide_time"),
        sa.CheckConstraint("verdict = 'APPROVED' OR reason IS NOT NULL", name=op.f("second_reviews_why_check")),
        sa.CheckConstraint(
            "verdict IN ('APPROVED', 'ASKED_AGAIN', 'REJECTED')", name=op.f("second_reviews_verdict_check")
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "submission"],
            ["decisions.case_id", "decisions.submission"],
            name=op.f("second_reviews_case_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("case_id", "submission", name=op.f("second_reviews_pkey")),
    )
