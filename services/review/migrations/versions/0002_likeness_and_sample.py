"""Prints of images, by which the same image is found at other people (RE-8); a sample of decisions that is judged twice
(RE-9); who owns which kind of case (RE-2).
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("materials", sa.Column("compare_time", sa.DateTime(timezone=True)))
    op.create_index("materials_digest_idx", "materials", ["digest"])
    op.create_table(
        "fingerprints",
        sa.Column("material_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("outline", sa.BigInteger(), nullable=False),
        sa.Column("sketch_cipher", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("material_id", name=op.f("fingerprints_pkey")),
        sa.ForeignKeyConstraint(["material_id"], ["materials.material_id"], name=op.f("fingerprints_material_id_fkey")),
    )
    op.create_table(
        "duplicates",
        sa.Column("material_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("other_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("exact", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("material_id", "other_id", name=op.f("duplicates_pkey")),
        sa.ForeignKeyConstraint(["material_id"], ["materials.material_id"], name=op.f("duplicates_material_id_fkey")),
        sa.ForeignKeyConstraint(["other_id"], ["materials.material_id"], name=op.f("duplicates_other_id_fkey")),
        sa.CheckConstraint("material_id <> other_id", name=op.f("duplicates_two_check")),
    )
    op.create_index(op.f("duplicates_other_id_idx"), "duplicates", ["other_id"])
    op.add_column("decisions", sa.Column("sampled", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index("decisions_sampled_idx", "decisions", ["decide_time"], postgresql_where=sa.text("sampled"))
    op.create_table(
        "second_reviews",
        sa.Column("case_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("submission", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("note_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("reviewer_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("decide_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "submission", name=op.f("second_reviews_pkey")),
        sa.ForeignKeyConstraint(
            ["case_id", "submission"],
            ["decisions.case_id", "decisions.submission"],
            name=op.f("second_reviews_case_id_fkey"),
        ),
        sa.CheckConstraint(
            "verdict IN ('APPROVED', 'REJECTED', 'ASKED_AGAIN')", name=op.f("second_reviews_verdict_check")
        ),
        sa.CheckConstraint("verdict = 'APPROVED' OR reason IS NOT NULL", name=op.f("second_reviews_why_check")),
    )
    op.create_check_constraint(
        op.f("cases_owner_check"), "cases", "(kind = 'PHONE_CHANGE') = (organisation = 'AUTHORITY')"
    )
    op.create_check_constraint(op.f("audit_entries_hash_check"), "audit_entries", "octet_length(hash) = 32")
