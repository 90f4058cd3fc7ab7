"""What a new password is checked for, whoever chooses it and by whatever way (ID-4, ID-18, ID-22)."""

from collections.abc import Sequence

from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.password_rules import (
    CANDIDATE,
    COMMON_WORDS,
    STAFF,
    require_form,
    require_not_initial,
    require_uncommon,
    words_of,
)
from services.identity.domain.documents import Document
from services.identity.domain.login_sessions import Account, AccountKind


def require_candidate_password(
    deps: Dependencies, password: str, document: Document, phone: str = "", *, field: str = "new_password"
) -> None:
    """Raises WeakPassword for what may not be a candidate's password: by its form, as the initial one in any spelling,
    or as one soon guessed by whoever knows document and phone.
    """
    require_form(password, CANDIDATE, field=field)
    require_not_initial(password, document, field=field)
    require_uncommon(_guesses(deps, password, words_of(document, phone)), field=field)


def require_staff_password(
    deps: Dependencies, password: str, login_name: str = "", *, field: str = "new_password"
) -> None:
    """Raises WeakPassword for what may not be the password of a member of staff."""
    require_form(password, STAFF, field=field)
    require_uncommon(_guesses(deps, password, [login_name] if login_name else []), field=field)


async def require_changed_password(deps: Dependencies, account: Account, old: str, new: str) -> None:
    """Raises WeakPassword for what may not take the place of `old`, the account's password."""
    if account.kind is AccountKind.CANDIDATE:
        require_form(new, CANDIDATE, field="new_password", old=old)
        candidate = await deps.candidates.get_candidate(account.subject_id)
        require_candidate_password(deps, new, candidate.document, candidate.phone)
    else:
        require_form(new, STAFF, field="new_password", old=old)
        member = await deps.staff.get_staff(account.subject_id)
        require_staff_password(deps, new, member.login_name)


def _guesses(deps: Dependencies, password: str, words: Sequence[str]) -> float:
    return deps.password_guesser.guesses(password, [*COMMON_WORDS, *words])
