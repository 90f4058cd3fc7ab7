"""What payment's use cases work with."""

from asyncio import Semaphore
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.audit_log.entries import AuditLog
from chassis.clock import Clock
from chassis.errors import NotFound
from chassis.process.background_tasks import BackgroundTasks
from services.payment.config import Config
from services.payment.ports import (
    BankPayout,
    DrawQrCode,
    DrawStatement,
    OrderChanges,
    PaymentProvider,
    ReceiptPortal,
    StatementSigner,
)
from services.payment.repository.backlogs import BacklogRepository
from services.payment.repository.operator_queue import OperatorQueueRepository
from services.payment.repository.order_moves import OrderMoveRepository
from services.payment.repository.orders import OrderRepository
from services.payment.repository.personal_data import PersonalDataRepository
from services.payment.repository.receipts import ReceiptRepository
from services.payment.repository.reconciliation import ReconciliationRepository
from services.payment.repository.refund_accounts import RefundAccountRepository
from services.payment.repository.refund_batches import RefundBatchRepository
from services.payment.repository.refunds import RefundRepository
from services.payment.repository.working_days import WorkingDayRepository


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Repositories, ports, clock and settings; built once by `main.dependencies`."""

    config: Config
    clock: Clock
    orders: OrderRepository
    order_moves: OrderMoveRepository
    operator_queue: OperatorQueueRepository
    refunds: RefundRepository
    refund_batches: RefundBatchRepository
    refund_accounts: RefundAccountRepository
    receipts: ReceiptRepository
    working_days: WorkingDayRepository
    reconciliation: ReconciliationRepository
    backlogs: BacklogRepository
    personal_data: PersonalDataRepository
    audit_log: AuditLog
    providers: Mapping[str, PaymentProvider]
    """The payment platforms that are wired, by name; new attempts go to `config.provider` (PA-13)."""
    receipt_portal: ReceiptPortal
    order_changes: OrderChanges
    page_questions: Semaphore
    """Places for the questions of open pages: however many are open, other work comes first."""
    statement_signer: StatementSigner
    draw_qr_code: DrawQrCode
    draw_statement: DrawStatement
    tasks: BackgroundTasks
    """Reconciliations that outlast the calls that began them."""

    def provider(self, name: str) -> PaymentProvider:
        """The platform `name`. Raises NotFound when it is not configured."""
        if (provider := self.providers.get(name)) is None:
            raise NotFound()
        return provider

    def bank_payout(self, name: str) -> BankPayout | None:
        """The platform `name` where it can pay into a bank account (PA-12)."""
        provider = self.providers.get(name)
        return provider if isinstance(provider, BankPayout) else None
