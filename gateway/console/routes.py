"""The console's addresses."""

from typing import Final

from gateway.console import (
    case,
    case_candidate,
    case_queue,
    fault_finding,
    login_sessions,
    practice_times_and_fees,
    second_factors,
    second_reviews,
    statistics,
)
from gateway.http import carried_files
from gateway.web.page_endpoint import REVIEWER, STAFF, PageRoute

CASE: Final = "/console/cases/{case_id}"
SECOND: Final = "/console/second-reviews/{case_id}/{submission:int}"
PRACTICE: Final = "/console/practice/{session_id}"
PERSON: Final = "/console/candidates/{candidate_id}"
SECURITY: Final = second_factors.SECURITY

PAGES: Final = (
    PageRoute("/console", show=case_queue.show, open_to=REVIEWER),
    PageRoute("/console/next", do=case_queue.claim_next, open_to=REVIEWER),
    PageRoute(CASE, show=case.show, open_to=REVIEWER),
    PageRoute(f"{CASE}/claim", do=case.claim, open_to=REVIEWER),
    PageRoute(f"{CASE}/release", do=case.release, open_to=REVIEWER),
    PageRoute(f"{CASE}/decide", do=case.decide, open_to=REVIEWER),
    PageRoute(f"{CASE}/undo", do=case.undo, open_to=REVIEWER),
    PageRoute(f"{CASE}/portrait", show=case_candidate.portrait, open_to=REVIEWER),
    PageRoute(f"{CASE}/materials/{{material_id}}", show=case.image, open_to=REVIEWER),
    PageRoute("/console/second-reviews", show=second_reviews.show_all, open_to=REVIEWER),
    PageRoute(SECOND, show=second_reviews.show, do=second_reviews.decide, open_to=REVIEWER),
    PageRoute("/console/candidates", show=fault_finding.show_all, open_to=REVIEWER),
    PageRoute(PERSON, show=fault_finding.show, do=fault_finding.require_correction, open_to=REVIEWER),
    PageRoute(f"{PERSON}/portrait", show=fault_finding.portrait, open_to=REVIEWER),
    PageRoute("/console/figures", show=statistics.show, open_to=REVIEWER),
    PageRoute("/console/export", show=statistics.export, open_to=REVIEWER),
    PageRoute("/console/practice", show=practice_times_and_fees.show_sessions, open_to=REVIEWER),
    PageRoute(PRACTICE, show=practice_times_and_fees.show, open_to=REVIEWER),
    PageRoute(f"{PRACTICE}/time", do=practice_times_and_fees.set_time, open_to=REVIEWER),
    PageRoute(f"{PRACTICE}/confirm", do=practice_times_and_fees.confirm_payment, open_to=REVIEWER),
    PageRoute(f"{PRACTICE}/payments", do=practice_times_and_fees.check_payments, open_to=REVIEWER, files=1),
    PageRoute(
        f"{PRACTICE}/payments/confirm",
        do=practice_times_and_fees.confirm_payments,
        open_to=REVIEWER,
        most_bytes=2 * carried_files.MOST_BYTES,
    ),
    PageRoute("/proof", show=second_factors.show_proof, do=second_factors.prove, open_to=STAFF),
    PageRoute(SECURITY, show=second_factors.show, open_to=STAFF),
    PageRoute(f"{SECURITY}/logins", show=login_sessions.show, open_to=STAFF),
    PageRoute(f"{SECURITY}/logins/end", do=login_sessions.end_one, open_to=STAFF),
    PageRoute(f"{SECURITY}/logins/end-all", do=login_sessions.end_all, open_to=STAFF),
    PageRoute(f"{SECURITY}/totp", do=second_factors.start_totp, open_to=STAFF),
    PageRoute(f"{SECURITY}/totp/confirm", do=second_factors.confirm_totp, open_to=STAFF),
    PageRoute(f"{SECURITY}/totp/remove", do=second_factors.remove_totp, open_to=STAFF),
    PageRoute(f"{SECURITY}/passkeys", do=second_factors.confirm_passkey, open_to=STAFF),
    PageRoute(f"{SECURITY}/passkeys/{{passkey_id}}/remove", do=second_factors.remove_passkey, open_to=STAFF),
    PageRoute(f"{SECURITY}/backup-codes", do=second_factors.make_backup_codes, open_to=STAFF),
)
