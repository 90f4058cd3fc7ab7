"""The operators' addresses."""

from typing import Final

from gateway.console import fault_finding, organisation_queues, practice_times_and_fees
from gateway.http import carried_files
from gateway.operation import (
    audit_log,
    catalogue_import,
    enrolled_import,
    exam_sessions,
    orders,
    overview,
    reconciliation_statements,
    refund_batches,
    settlement_exceptions,
    staff_accounts,
    working_days,
)
from gateway.operation.day import day, external_systems
from gateway.operation.people import candidate_file, candidate_search, personal_data, refund_requests
from gateway.operation.publication import announcements, texts
from gateway.web.page_endpoint import OPERATOR, PageRoute

SESSION: Final = "/operation/sessions/{session_id}"
STATEMENT: Final = "/operation/statements/{provider}/{date}"
BATCH: Final = "/operation/refund-batches/{refund_batch_id}"
TEXT: Final = "/operation/texts/{kind}"
ANNOUNCEMENTS: Final = announcements.ANNOUNCEMENTS
ORDER: Final = "/operation/orders/{order_id}"
PERSON: Final = "/operation/corrections/{candidate_id}"
ACCOUNT: Final = "/operation/staff/{staff_id}"
CALLER: Final = "/operation/people/{candidate_id}"
PRACTICE: Final = f"{SESSION}/schools/{{school_code}}/practice"

MOST_TEXT_BYTES: Final = 1024 * 1024
"""Of a text to publish in two languages, as forms write it."""

PAGES: Final = (
    PageRoute("/operation", show=overview.show, open_to=OPERATOR),
    PageRoute("/operation/day", show=day.show, open_to=OPERATOR),
    PageRoute("/operation/day/live", show=day.live, streams=True, open_to=OPERATOR),
    PageRoute("/operation/external-systems", show=external_systems.show, open_to=OPERATOR),
    PageRoute(SESSION, show=exam_sessions.show, open_to=OPERATOR),
    PageRoute(f"{SESSION}/open", do=exam_sessions.open_now, open_to=OPERATOR),
    PageRoute(f"{SESSION}/extend", do=exam_sessions.extend, open_to=OPERATOR),
    PageRoute(f"{SESSION}/close", do=exam_sessions.close, open_to=OPERATOR),
    PageRoute(f"{SESSION}/cancel", do=exam_sessions.cancel, open_to=OPERATOR),
    PageRoute(f"{SESSION}/roster", show=exam_sessions.roster, open_to=OPERATOR),
    PageRoute(f"{SESSION}/refunds", do=refund_batches.start, open_to=OPERATOR),
    PageRoute(f"{SESSION}/practice", show=exam_sessions.practice_schools, open_to=OPERATOR),
    PageRoute(PRACTICE, show=practice_times_and_fees.show, open_to=OPERATOR),
    PageRoute(f"{PRACTICE}/time", do=practice_times_and_fees.set_time, open_to=OPERATOR),
    PageRoute(f"{PRACTICE}/confirm", do=practice_times_and_fees.confirm_payment, open_to=OPERATOR),
    PageRoute(f"{PRACTICE}/payments", do=practice_times_and_fees.check_payments, open_to=OPERATOR, files=1),
    PageRoute(
        f"{PRACTICE}/payments/confirm",
        do=practice_times_and_fees.confirm_payments,
        open_to=OPERATOR,
        most_bytes=2 * carried_files.MOST_BYTES,
    ),
    PageRoute(BATCH, show=refund_batches.show, open_to=OPERATOR),
    PageRoute(f"{BATCH}/pause", do=refund_batches.pause, open_to=OPERATOR),
    PageRoute(f"{BATCH}/resume", do=refund_batches.resume, open_to=OPERATOR),
    PageRoute("/operation/import", show=catalogue_import.show, do=catalogue_import.check, open_to=OPERATOR, files=20),
    PageRoute(
        "/operation/import/apply",
        do=catalogue_import.apply,
        open_to=OPERATOR,
        most_bytes=2 * carried_files.MOST_BYTES,
    ),
    PageRoute(
        "/operation/candidates",
        show=enrolled_import.show,
        do=enrolled_import.take,
        open_to=OPERATOR,
        files=1,
        # More than the file may have: one that is somewhat too large is answered by its form.
        most_bytes=2 * enrolled_import.MOST_BYTES,
    ),
    PageRoute("/operation/texts", show=texts.show_all, open_to=OPERATOR),
    PageRoute(TEXT, show=texts.show, do=texts.preview, open_to=OPERATOR, most_bytes=MOST_TEXT_BYTES),
    PageRoute(ANNOUNCEMENTS, show=announcements.show, do=announcements.preview, open_to=OPERATOR),
    PageRoute(f"{ANNOUNCEMENTS}/publish", do=announcements.publish, open_to=OPERATOR),
    PageRoute(f"{ANNOUNCEMENTS}/{{announcement_id}}/withdraw", do=announcements.withdraw, open_to=OPERATOR),
    PageRoute(f"{TEXT}/publish", do=texts.publish, open_to=OPERATOR, most_bytes=MOST_TEXT_BYTES),
    PageRoute("/operation/days", show=working_days.show, do=working_days.record, open_to=OPERATOR),
    PageRoute("/operation/days/remove", do=working_days.remove, open_to=OPERATOR),
    PageRoute("/operation/days/complete", do=working_days.complete, open_to=OPERATOR),
    PageRoute("/operation/days/withdraw", do=working_days.withdraw, open_to=OPERATOR),
    PageRoute("/operation/exceptions", show=settlement_exceptions.show, open_to=OPERATOR),
    PageRoute("/operation/exceptions/{exception_id}/resolve", do=settlement_exceptions.resolve, open_to=OPERATOR),
    PageRoute(
        "/operation/statements",
        show=reconciliation_statements.show_all,
        do=reconciliation_statements.reconcile,
        open_to=OPERATOR,
    ),
    PageRoute(STATEMENT, show=reconciliation_statements.show, open_to=OPERATOR),
    PageRoute(f"{STATEMENT}/file", show=reconciliation_statements.download, open_to=OPERATOR),
    PageRoute(ORDER, show=orders.show, open_to=OPERATOR),
    PageRoute(f"{ORDER}/refresh", do=orders.refresh, open_to=OPERATOR),
    PageRoute(f"{ORDER}/cancel", do=orders.cancel, open_to=OPERATOR),
    PageRoute(f"{ORDER}/refund", do=orders.refund, open_to=OPERATOR),
    PageRoute("/operation/people", show=candidate_search.show, do=candidate_search.search, open_to=OPERATOR),
    PageRoute(CALLER, show=candidate_file.show, open_to=OPERATOR),
    PageRoute("/operation/refund-requests", show=refund_requests.show, open_to=OPERATOR),
    PageRoute("/operation/refund-requests/{selection_id}/decide", do=refund_requests.decide, open_to=OPERATOR),
    PageRoute(f"{SESSION}/refund-requests", do=exam_sessions.allow_refund_requests, open_to=OPERATOR),
    PageRoute(f"{CALLER}/end-logins", do=candidate_file.end_logins, open_to=OPERATOR),
    PageRoute(f"{CALLER}/end-account", do=candidate_file.end_account, open_to=OPERATOR),
    PageRoute(f"{CALLER}/major", do=candidate_file.change_major, open_to=OPERATOR),
    PageRoute(f"{CALLER}/resend", do=candidate_file.resend_message, open_to=OPERATOR),
    PageRoute("/operation/corrections", show=fault_finding.show_all, open_to=OPERATOR),
    PageRoute("/operation/reviews", show=organisation_queues.show, open_to=OPERATOR),
    PageRoute("/operation/reviews/{case_id}/reopen", do=organisation_queues.reopen, open_to=OPERATOR),
    PageRoute(PERSON, show=fault_finding.show, do=fault_finding.require_correction, open_to=OPERATOR),
    PageRoute(f"{PERSON}/portrait", show=fault_finding.portrait, open_to=OPERATOR),
    PageRoute(f"{ORDER}/late-money", do=orders.settle_late_money, open_to=OPERATOR),
    PageRoute(f"{ORDER}/refund-account", do=orders.record_account, open_to=OPERATOR),
    PageRoute("/operation/staff", show=staff_accounts.show, do=staff_accounts.create, open_to=OPERATOR),
    PageRoute(ACCOUNT, show=staff_accounts.show_one, open_to=OPERATOR),
    PageRoute(f"{ACCOUNT}/disable", do=staff_accounts.disable, open_to=OPERATOR),
    PageRoute(f"{ACCOUNT}/reset-second-factors", do=staff_accounts.reset_second_factors, open_to=OPERATOR),
    PageRoute(f"{ACCOUNT}/link", do=staff_accounts.link, open_to=OPERATOR),
    PageRoute(f"{ACCOUNT}/unlink", do=staff_accounts.unlink, open_to=OPERATOR),
    PageRoute("/operation/personal-data", show=personal_data.show, open_to=OPERATOR),
    PageRoute("/operation/audit", show=audit_log.show, open_to=OPERATOR),
)
