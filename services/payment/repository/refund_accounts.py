"""Bank details for refunds, encrypted: each value bound to its order and column."""

from datetime import datetime
from typing import Final

from chassis.audit_log.entries import change_with_entry
from chassis.audit_log.notes import AuditNote
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import Statements, sql
from chassis.security.encryption import FieldCipher
from services.payment.domain.refunds import BankAccount

_SET: Final = sql("""
INSERT INTO refund_accounts (order_id, holder_cipher, number_cipher, bank_name, update_time)
VALUES (:order_id, :holder_cipher, :number_cipher, :bank_name, :now)
ON CONFLICT (order_id) DO UPDATE SET holder_cipher = excluded.holder_cipher, number_cipher = excluded.number_cipher,
  bank_name = excluded.bank_name, update_time = excluded.update_time
""")
_GET: Final = sql("SELECT holder_cipher, number_cipher, bank_name FROM refund_accounts WHERE order_id = :order_id")


class RefundAccountRepository:
    """Bank details in PostgreSQL."""

    def __init__(self, db: Database, cipher: FieldCipher) -> None:
        self._database = db
        self._db = db.hot
        self._cipher = cipher

    async def set_account(self, order_id: str, account: BankAccount, noted: AuditNote | None, *, now: datetime) -> None:
        """Records an account, in place of the one before; one that an operator gives is `noted` in the audit log."""
        holder = self._cipher.encrypt(account.holder_name, context=f"{order_id}.holder")
        number = self._cipher.encrypt(account.account_number, context=f"{order_id}.number")

        async def keep(on: Statements) -> int:
            return await on.execute(
                _SET,
                order_id=order_id,
                holder_cipher=holder,
                number_cipher=number,
                bank_name=account.bank_name,
                now=now,
            )

        await change_with_entry(self._database, noted, now, keep)

    async def find_account(self, order_id: str) -> BankAccount | None:
        """The account recorded for an order."""
        row = await self._db.fetch_one(_GET, order_id=order_id)
        if row is None:
            return None
        holder = self._cipher.decrypt(row["holder_cipher"], context=f"{order_id}.holder")
        number = self._cipher.decrypt(row["number_cipher"], context=f"{order_id}.number")
        return BankAccount(holder, number, row["bank_name"])
