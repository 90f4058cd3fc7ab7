"""Corrections of photo and details (EN-4): the portrait as a material, and the reasons for not approving one."""

from alembic import op

revision = "0004"
down_revision = "0003"

KINDS = "'DOCUMENT_FRONT', 'DOCUMENT_BACK', 'HOLDING_DOCUMENT', 'CERTIFICATE', 'EMPLOYMENT_PROOF', 'OTHER', 'PORTRAIT'"
REASONS = (
    "'IMAGE_UNREADABLE', 'MATERIAL_MISSING', 'DOCUMENT_MISMATCH', 'DOCUMENT_EXPIRED', 'PERSON_MISMATCH', "
    "'CONDITION_NOT_MET', 'SUSPECTED_FORGERY', 'SEE_NOTE', 'PHOTO_UNFIT', 'DETAILS_WRONG'"
)


def upgrade() -> None:
    op.drop_constraint(op.f("materials_kind_check"), "materials", type_="check")
    op.create_check_constraint(op.f("materials_kind_check"), "materials", f"kind IN ({KINDS})")
    op.drop_constraint(op.f("decisions_reason_check"), "decisions", type_="check")
    op.create_check_constraint(op.f("decisions_reason_check"), "decisions", f"reason IN ({REASONS})")
