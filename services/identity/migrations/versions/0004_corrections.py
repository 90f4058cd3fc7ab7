"""Corrections of photo and details that fault was found with after the person was verified (EN-4)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("candidates", sa.Column("correction_number", sa.SmallInteger()))
    op.add_column("candidates", sa.Column("correction_state", sa.Text()))
    op.add_column("candidates", sa.Column("correction_fault", sa.Text()))
    op.add_column("candidates", sa.Column("correction_note_cipher", sa.LargeBinary()))
    op.add_column("candidates", sa.Column("correction_find_time", sa.DateTime(timezone=True)))
    op.add_column("candidates", sa.Column("correction_submissions", sa.SmallInteger()))
    op.create_check_constraint(
        op.f("candidates_correction_state_check"),
        "candidates",
        "correction_state IN ('REQUIRED', 'UNDER_REVIEW', 'APPROVED', 'REFUSED')",
    )
    op.create_check_constraint(
        op.f("candidates_correction_fault_check"),
        "candidates",
        "correction_fault IN ('IMAGE_UNREADABLE', 'MATERIAL_MISSING', 'DOCUMENT_MISMATCH', 'DOCUMENT_EXPIRED', "
        "'PERSON_MISMATCH', 'SUSPECTED_FORGERY', 'SEE_NOTE', 'PHOTO_UNFIT', 'DETAILS_WRONG')",
    )
    op.create_check_constraint(
        op.f("candidates_whole_correction_check"),
        "candidates",
        "num_nulls(correction_number, correction_state, correction_fault, correction_note_cipher, "
        "correction_find_time, correction_submissions) IN (0, 6)",
    )
    op.create_check_constraint(
        op.f("candidates_three_corrections_check"),
        "candidates",
        "correction_submissions BETWEEN 0 AND 3 AND (correction_state = 'REQUIRED' OR correction_submissions > 0)",
    )
    op.create_index("candidates_school_idx", "candidates", ["school_code", "create_time", "candidate_id"])
    op.create_index(
        "candidates_corrected_idx",
        "candidates",
        ["school_code", "create_time", "candidate_id"],
        postgresql_where=sa.text("correction_state IS NOT NULL"),
    )
