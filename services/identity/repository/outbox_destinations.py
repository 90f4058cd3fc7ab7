"""Where rows of the outbox go."""

from typing import Final

from services.identity.domain.corrections.required_corrections import FollowUp
from services.identity.domain.personal_data.account_erasures import OTHERS

FOLLOWER: Final = "enrollment"
"""The service that follows standings."""

IMPORTS: Final = "enrollment: imported candidates"
"""A lane of its own to the same service: a hundred thousand imported candidates do not wait before a new one."""

REVIEW_CASES: Final = "review cases"
"""Cases to open: calls of review, not events."""

WITHDRAWN_CASES: Final = "cases to withdraw"
"""Cases of accounts that have ended (ID-15): calls of review."""

ENDED_ACCOUNTS_TO_TELL: Final = "ended accounts to tell"
"""What the owners of ended accounts are told (ID-15)."""

RECOVERY_CODES: Final = "password recovery codes"
"""Codes to send."""

NEWS: Final = "messages to send"
"""What candidates are told of cases, orders and courses (EN-19)."""

ACCOUNT_MESSAGES: Final = "messages about accounts to send"
"""What concerns the security of an account, in a lane of its own: it waits behind no news (ID-17)."""

PHONE_CHANGES_TO_HAND_IN: Final = "phone changes to hand in"
"""Submissions: calls of review."""

PHONE_CHANGES_TO_SETTLE: Final = "phone changes to take effect"
"""Approved changes whose cooling-off time is over."""

PHONE_CHANGES_TO_TELL: Final = "phone changes to tell"
"""What the old phone and the new one are told."""

CORRECTIONS: Final = {
    FollowUp.OPEN_CASE: REVIEW_CASES,
    FollowUp.HAND_IN: "corrections to hand in",
    FollowUp.TELL_CANDIDATE: "corrections to tell",
}
"""What follows from a change of a correction (EN-4)."""

ACCOUNTS_TO_ERASE: Final = "accounts to erase"
"""Erasures that have begun (ID-20): a service that could not be asked at once is asked until it answers."""

ERASED_ACCOUNTS: Final = {name: f"erased accounts: {name}" for name in OTHERS}
"""Accounts that are gone here, for each other service: calls, until it has erased what it holds."""

ERASED_ACCOUNTS_TO_TELL: Final = "erased accounts to tell"
"""What whoever was on record is told: the addresses go along, sealed, since there is no account to have them."""

MESSAGES: Final = (RECOVERY_CODES, ACCOUNT_MESSAGES, NEWS, ERASED_ACCOUNTS_TO_TELL)
"""What waits for the message sender."""
