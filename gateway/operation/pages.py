"""The operators' addresses."""

from typing import Final

from gateway.console import candidates
from gateway.operation import (
    audit,
    days,
    importing,
    importing_candidates,
    orders,
    outside,
    overview,
    refunding,
    sessions,
    settling,
    staff,
    statements,
    texts,
)
from gateway.web.routing import OPERATOR, PageRoute

SESSION: Final = "/operation/sessions/{session_id}"
STATEMENT: Final = "/operation/statements/{provider}/{date}"
BATCH: Final = "/operation/refund-batches/{refund_batch_id}"
TEXT: Final = "/operation/texts/{kind}"
ORDER: Final = "/operation/orders/{order_id}"
PERSON: Final = "/operation/corrections/{candidate_id}"

PAGES: Final = (
    PageRoute("/operation", show=overview.show, open_to=OPERATOR),
    PageRoute("/operation/outside", show=outside.show, open_to=OPERATOR),
    PageRoute(SESSION, show=sessions.show, open_to=OPERATOR),
    PageRoute(f"{SESSION}/open", do=sessions.open_now, open_to=OPERATOR),
    PageRoute(f"{SESSION}/extend", do=sessions.extend, open_to=OPERATOR),
    PageRoute(f"{SESSION}/close", do=sessions.close, open_to=OPERATOR),
    PageRoute(f"{SESSION}/cancel", do=sessions.cancel, open_to=OPERATOR),
    PageRoute(f"{SESSION}/roster", show=sessions.roster, open_to=OPERATOR),
    PageRoute(f"{SESSION}/refunds", do=refunding.start, open_to=OPERATOR),
    PageRoute(BATCH, show=refunding.show, open_to=OPERATOR),
    PageRoute(f"{BATCH}/pause", do=refunding.pause, open_to=OPERATOR),
    PageRoute(f"{BATCH}/resume", do=refunding.resume, open_to=OPERATOR),
    PageRoute("/operation/import", show=importing.show, do=importing.check, open_to=OPERATOR),
    PageRoute("/operation/import/apply", do=importing.apply, open_to=OPERATOR),
    PageRoute(
        "/operation/candidates",
        show=importing_candidates.show,
        do=importing_candidates.take,
        open_to=OPERATOR,
        # More than the file may have: one that is somewhat too large is answered by its form.
        most_bytes=2 * importing_candidates.MOST_BYTES,
    ),
    PageRoute("/operation/texts", show=texts.show_all, open_to=OPERATOR),
    PageRoute(TEXT, show=texts.show, do=texts.preview, open_to=OPERATOR),
    PageRoute(f"{TEXT}/publish", do=texts.publish, open_to=OPERATOR),
    PageRoute("/operation/days", show=days.show, do=days.record, open_to=OPERATOR),
    PageRoute("/operation/days/remove", do=days.remove, open_to=OPERATOR),
    PageRoute("/operation/days/complete", do=days.complete, open_to=OPERATOR),
    PageRoute("/operation/days/withdraw", do=days.withdraw, open_to=OPERATOR),
    PageRoute("/operation/exceptions", show=settling.show, open_to=OPERATOR),
    PageRoute("/operation/exceptions/{exception_id}/resolve", do=settling.resolve, open_to=OPERATOR),
    PageRoute("/operation/statements", show=statements.show_all, do=statements.reconcile, open_to=OPERATOR),
    PageRoute(STATEMENT, show=statements.show, open_to=OPERATOR),
    PageRoute(f"{STATEMENT}/file", show=statements.download, open_to=OPERATOR),
    PageRoute(ORDER, show=orders.show, open_to=OPERATOR),
    PageRoute(f"{ORDER}/refresh", do=orders.refresh, open_to=OPERATOR),
    PageRoute("/operation/corrections", show=candidates.show_all, open_to=OPERATOR),
    PageRoute(PERSON, show=candidates.show, do=candidates.require_correction, open_to=OPERATOR),
    PageRoute(f"{PERSON}/portrait", show=candidates.portrait, open_to=OPERATOR),
    PageRoute(f"{ORDER}/late-money", do=orders.settle_late_money, open_to=OPERATOR),
    PageRoute(f"{ORDER}/refund-account", do=orders.record_account, open_to=OPERATOR),
    PageRoute("/operation/staff", show=staff.show, do=staff.create, open_to=OPERATOR),
    PageRoute("/operation/staff/{staff_id}/disable", do=staff.disable, open_to=OPERATOR),
    PageRoute("/operation/audit", show=audit.show, open_to=OPERATOR),
)
